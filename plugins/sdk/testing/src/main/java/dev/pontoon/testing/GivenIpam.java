package dev.pontoon.testing;

import java.nio.file.Path;
import java.util.List;

/**
 * An IPAM plugin named {@code given}, a shell script that gives what the test tells it to and
 * remembers what it was asked.
 */
public final class GivenIpam {
    private static final String SCRIPT =
            """
            #!/bin/sh
            # Answers with a file, and writes down what it was asked.
            here=${0%%/*}
            cat > "$here/stdin"
            echo "$CNI_COMMAND $CNI_CONTAINERID $CNI_IFNAME" >> "$here/calls"
            if [ -f "$here/fail-$CNI_COMMAND" ]; then cat "$here/fail-$CNI_COMMAND"; exit 1; fi
            [ "$CNI_COMMAND" = ADD ] || exit 0
            mine=$here/result-$CNI_CONTAINERID-$CNI_IFNAME
            if [ -f "$mine" ]; then cat "$mine"; else cat "$here/result"; fi
            """
                    .replace("%%", "%");

    private final Host host;
    private final Path bin;

    /** Puts the plugin into a folder of the host. Until it is told what to give, ADD fails. */
    public GivenIpam(Host host, Path bin) {
        this.host = host;
        this.bin = bin;
        host.script(bin + "/given", SCRIPT);
    }

    /** What it answers to every ADD from now on. */
    public void gives(String result) {
        host.write(bin + "/result", Conf.of(result).toString());
    }

    /** What it answers to the ADD of one interface. */
    public void gives(Container container, String ifname, String result) {
        String file = bin + "/result-" + container.name() + "-" + ifname;
        host.write(file, Conf.of(result).toString());
    }

    /** From now on it answers that command with an error. */
    public void fails(String command, int code) {
        String error = "{'cniVersion':'1.1.0','code':" + code + ",'msg':'told to fail'}";
        host.write(bin + "/fail-" + command, Conf.of(error).toString());
    }

    /** It does what it is asked again. */
    public void mends(String command) {
        host.ok("rm", "-f", bin + "/fail-" + command);
    }

    /** What it was asked so far: {@code ADD c1 eth0}. */
    public List<String> calls() {
        return host.exists(bin + "/calls") ? host.read(bin + "/calls").lines().toList() : List.of();
    }

    /** The configuration that it was given last. */
    public String input() {
        return host.read(bin + "/stdin");
    }
}
