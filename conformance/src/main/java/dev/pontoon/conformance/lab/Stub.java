package dev.pontoon.conformance.lab;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.pontoon.conformance.host.Host;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * A plugin of the harness's own that a judged plugin delegates to: it writes down how it was called
 * and answers what it was told to. Until told otherwise it succeeds silently.
 */
public final class Stub {

    private static final String SCRIPT =
            """
            #!/bin/sh
            # Writes down how it was called, then answers what the harness prepared.
            home=%s
            n=0
            while ! /bin/mkdir "$home/calls/$n" 2>/dev/null; do n=$((n + 1)); done
            call=$home/calls/$n
            /bin/cat /proc/$$/environ > "$call/environ"
            /usr/bin/readlink /proc/$$/ns/net > "$call/netns"
            /bin/cat > "$call/stdin"
            answer=$home/$CNI_COMMAND
            if [ -e "$answer.err" ]; then /bin/cat "$answer.err" >&2; fi
            if [ -e "$answer.out" ]; then /bin/sed "s/@N@/$((n + 2))/g" "$answer.out"; fi
            : > "$call/done"
            if [ -e "$answer.exit" ]; then exit "$(/bin/cat "$answer.exit")"; fi
            exit 0
            """;

    private final Host host;
    private final String name;
    private final String home;

    /**
     * One call of a stub.
     *
     * @param command CNI_COMMAND; empty when it was not set
     * @param environment all of it
     * @param stdin as text
     * @param netns the network namespace it ran in: {@code net:[4026531840]}
     */
    public record Called(
            String command, SortedMap<String, String> environment, String stdin, String netns) {}

    Stub(Host host, String name) {
        this.host = host;
        this.name = name;
        this.home = Host.OWN + "/stubs/" + name;
        host.script("mkdir -p \"$1/calls\"", home);
        host.writeScript(Lab.BIN + "/" + name, SCRIPT.formatted(home));
    }

    /** Its name: {@code ipam.type}. */
    public String name() {
        return name;
    }

    /** What it does for a command from now on. */
    public Stub answers(String command, int exit, String stdout, String stderr) {
        host.write(home + "/" + command + ".out", stdout);
        host.write(home + "/" + command + ".err", stderr);
        host.write(home + "/" + command + ".exit", Integer.toString(exit));
        return this;
    }

    /** Answers every ADD with this result; {@code @N@} becomes a number of the call, from 2. */
    public Stub answersAdd(ObjectNode result) {
        return answers("ADD", 0, result.toString(), "");
    }

    /** Refuses a command with an error of that code. */
    public Stub refuses(String command, int code, String msg) {
        ObjectNode error =
                Json.object().put("cniVersion", "1.0.0").put("code", code).put("msg", msg);
        return answers(command, 1, error.toString(), "");
    }

    /** All calls so far, in order. */
    public List<Called> calls() {
        List<Called> calls = new ArrayList<>();
        for (int n = 0; host.exists(home + "/calls/" + n); n++) {
            calls.add(read(home + "/calls/" + n));
        }
        return calls;
    }

    /** The commands of all calls so far, in order. */
    public List<String> commands() {
        return calls().stream().map(Called::command).toList();
    }

    private Called read(String folder) {
        var environment = new TreeMap<String, String>();
        for (String pair : host.read(folder + "/environ").split("\0")) {
            int equals = pair.indexOf('=');
            if (equals > 0) {
                environment.put(pair.substring(0, equals), pair.substring(equals + 1));
            }
        }
        return new Called(
                environment.getOrDefault("CNI_COMMAND", ""),
                environment,
                host.read(folder + "/stdin"),
                host.read(folder + "/netns").strip());
    }
}
