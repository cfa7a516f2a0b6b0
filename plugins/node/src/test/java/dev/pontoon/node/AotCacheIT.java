package dev.pontoon.node;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.pontoon.testing.Conf;
import dev.pontoon.testing.Container;
import dev.pontoon.testing.Host;
import dev.pontoon.testing.HostExtension;
import dev.pontoon.testing.Need;
import dev.pontoon.testing.Output;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * A call finds every class it needs in the AOT cache, and makes none at run time: a switch over
 * types, or the equals of a record that nobody has spelled out, takes longer than all the rest.
 * What is missing here belongs into {@link Training}, or must be written in another way.
 */
@Tag("kernel")
@ExtendWith(HostExtension.class)
final class AotCacheIT {

    private static final ObjectNode CONF =
            Conf.of(
                    """
                    {'cniVersion':'1.1.0','name':'cached','type':'bridge','bridge':'cni0',
                     'isDefaultGateway':true,'ipMasq':true,'macspoofchk':true,
                     'ipam':{'type':'host-local','ranges':[[{'subnet':'10.97.0.0/24'}],
                                                           [{'subnet':'fd97::/64'}]]}}
                    """);

    /** Events of the flight recorder, and a class that the JVM makes for a switch of its own. */
    private static final Predicate<String> NEVER_CACHED =
            line ->
                    line.startsWith("jdk.internal.event.")
                            || line.startsWith("java.lang.invoke.DirectMethodHandle$1 ");

    private PackagedPontoon pontoon;
    private Host host;
    private Container pod;

    @BeforeEach
    void prepare(Host fresh) {
        Need.kernel("nftables nat");
        Need.kernel("ipv6");
        pontoon = PackagedPontoon.require();
        host = fresh;
        pod = host.container("pod");
    }

    @Test
    void everyCommandFindsItsClasses() throws IOException {
        requireCached("VERSION", CONF);
        requireCached("STATUS", CONF);
        JsonNode result = requireCached("ADD", CONF).json();
        ObjectNode known = Conf.with(CONF, "prevResult", result);
        requireCached("CHECK", known);
        requireCached("STATUS", CONF);
        requireCached(
                "GC",
                Conf.with(
                        CONF,
                        "{'cni.dev/valid-attachments':[{'containerID':'c1','ifname':'eth0'}]}"));
        requireCached("DEL", known);
        requireCached("DEL", known);
    }

    @Test
    void refusalFindsItsClasses() throws IOException {
        Output refused = call("ADD", Conf.with(CONF, "{'ipMasqBackend':'none'}"));

        assertThat(refused.exit()).as(refused.transcript()).isEqualTo(10);
        assertThat(notCached()).isEmpty();
    }

    private Output requireCached(String verb, ObjectNode configuration) throws IOException {
        Output output = call(verb, configuration);
        output.ok();
        assertThat(notCached()).as(verb).isEmpty();
        return output;
    }

    /** As the launcher calls Java, with one option more. */
    private Output call(String verb, ObjectNode configuration) throws IOException {
        String launcher = pontoon.lib().resolve("launcher").toString();
        Ended java = Ended.run(new ProcessBuilder(launcher, "--java-command"));
        List<String> words = new ArrayList<>(java.out().lines().toList());
        String build = Files.readString(pontoon.lib().resolve("build-id")).strip();
        words.add("-XX:AOTCache=" + pontoon.lib().resolve("pontoon-" + build + ".aot"));
        words.add("-Xlog:class+load:file=" + log() + ":none");
        words.addAll(List.of("dev.pontoon.node.Main", "bridge"));
        return host.command(words)
                .env("LC_ALL", "C.UTF-8")
                .env("CNI_COMMAND", verb)
                .env("CNI_CONTAINERID", "c1")
                .env("CNI_NETNS", pod.netns())
                .env("CNI_IFNAME", "eth0")
                .env("CNI_PATH", pontoon.bin().toString())
                .stdin(configuration.toString())
                .run();
    }

    private Path log() {
        return host.temp().resolve("classes");
    }

    /** The classes that the last call took from elsewhere, or made itself. */
    private List<String> notCached() throws IOException {
        List<String> elsewhere = new ArrayList<>();
        int cached = 0;
        for (String line : Files.readAllLines(log())) {
            if (line.endsWith(" source: shared objects file")) {
                cached++;
            } else if (line.contains(" source: ") && !NEVER_CACHED.test(line)) {
                elsewhere.add(line);
            }
        }
        assertThat(cached).as("classes from the cache").isGreaterThan(500);
        return elsewhere;
    }
}
