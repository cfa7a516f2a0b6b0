package dev.pontoon.node;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.pontoon.node.UserDocument.Block;
import dev.pontoon.testing.CniResult;
import dev.pontoon.testing.Conf;
import dev.pontoon.testing.Host;
import dev.pontoon.testing.HostExtension;
import dev.pontoon.testing.MountedContainer;
import dev.pontoon.testing.Need;
import dev.pontoon.testing.Output;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * What README.md and docs/ show, tried with the packaged plugins on a host where Pontoon is where
 * scripts/install puts it: the networks are attached, the commands are run.
 */
@Tag("kernel")
@ExtendWith(HostExtension.class)
@DisplayName("README.md and docs/")
final class DocumentsIT {
    static final List<String> PLUGINS = DocumentedKeys.PLUGINS;

    private static final String BIN = "/opt/cni/bin";

    /** What stands around a key that is tried, where an example in a file has nothing. */
    private static final Map<String, String> AROUND =
            Map.of(
                    "ipam", "{'subnet':'10.99.0.0/24'}",
                    "portMappings", "{'hostPort':8080,'containerPort':80}",
                    "ranges", "{'subnet':'10.22.0.0/24'}",
                    "addresses", "{'address':'10.22.0.9/24'}",
                    "routes", "{'dst':'192.0.2.0/24'}");

    private final Host host;
    private final EdgeNode node;
    private final Cgroup cgroup;
    private final Map<String, String> networks = new HashMap<>();
    private @Nullable RuntimeDaemon docker;

    DocumentsIT(Host host) {
        this.host = host;
        this.cgroup = new Cgroup(host);
        this.node = EdgeNode.on(host);
    }

    static List<UserDocument> documents() {
        return UserDocument.all();
    }

    @BeforeEach
    void install() {
        host.command(
                        "sh",
                        "-e",
                        "-c",
                        "rm -rf /opt/cni /opt/pontoon; mkdir -p /opt/cni/bin /opt/pontoon /var/lib/cni/results /run/cni/tuning;"
                                + " ln -s $DIST /opt/pontoon/current; ln -s $DIST/bin/* "
                                + BIN)
                .env("DIST", dist())
                .ok();
    }

    @AfterEach
    void stopDocker() {
        if (docker != null) {
            docker.close();
            cgroup.close();
        }
    }

    private static String dist() {
        return EdgeNode.dist().toAbsolutePath().toString();
    }

    /** Writes the networks of a document where runtimes look for them. */
    private void configure(UserDocument document) throws IOException {
        for (Block block : document.blocks()) {
            if (block.isJson()) {
                String name = new ObjectMapper().readTree(block.text()).path("name").asText();
                assertThat(networks.put(name, block.place())).as("%s: %s", block, name).isNull();
                host.write("/etc/cni/net.d/10-" + name + ".conflist", block.text());
            }
        }
    }

    @ParameterizedTest
    @MethodSource("documents")
    @DisplayName("networks can be attached, checked and detached, and nothing is left")
    void networks(UserDocument document) throws IOException {
        configure(document);
        for (String network : networks.keySet()) {
            MountedContainer container = host.container("c-" + network);
            node.remember();
            for (String verb : List.of("add", "check", "del")) {
                Output output =
                        host.run("/opt/pontoon/current/pontoon", verb, network, container.netns());
                assertThat(output.exit())
                        .as("%s: %s", networks.get(network), output.transcript())
                        .isZero();
            }
            node.assertClean();
        }
    }

    @ParameterizedTest
    @MethodSource("documents")
    @DisplayName("commands do what they say")
    void commands(UserDocument document) throws IOException {
        document.needs().forEach(DocumentsIT::need);
        if (document.needs().contains("dockerd")) {
            docker = RuntimeDaemon.docker(host, cgroup, "busybox");
        }
        configure(document);
        for (Block block : document.blocks()) {
            if (block.hasCommands()) {
                new Commands(block).run(host, dist());
            }
        }
    }

    private static void need(String what) {
        if (what.startsWith("/")) {
            Need.file(Path.of(what));
        } else {
            Need.tool(what);
        }
    }

    @ParameterizedTest
    @FieldSource("PLUGINS")
    @DisplayName("every key that is described is read: an impossible value is refused by its name")
    void keys(String plugin) throws IOException {
        MountedContainer container = host.container("c1");
        JsonNode example = example(plugin);
        List<String> paths = new ArrayList<>(DocumentedKeys.paths(plugin));
        if (plugin.equals("bridge")) {
            paths.addAll(DocumentedKeys.paths(DocumentedKeys.EVERY_PLUGIN));
        }
        for (String path : paths) {
            ObjectNode conf = example.deepCopy();
            if (path.startsWith("runtimeConfig")) {
                // Some count only where the file says nothing.
                conf.retain("cniVersion", "name", "type", "ipam", "prevResult");
            }
            String key = spoil(conf, path);
            CniResult refused =
                    host.cni(Path.of(BIN), plugin).container(container).stdin(conf).add();
            assertThat(EdgeNode.message(refused.failed())).as(path).contains(key);
        }
    }

    /** The plugin's example of docs/configuration.md, as the plugin would get it. */
    private static JsonNode example(String type) throws IOException {
        for (Block block : UserDocument.named("docs/configuration.md").blocks()) {
            JsonNode list = block.isJson() ? new ObjectMapper().readTree(block.text()) : null;
            for (JsonNode plugin : list == null ? List.<JsonNode>of() : list.path("plugins")) {
                boolean isIpam = plugin.at("/ipam/type").asText().equals(type);
                if (isIpam || plugin.path("type").asText().equals(type)) {
                    ObjectNode conf =
                            Conf.with((ObjectNode) plugin, "cniVersion", list.path("cniVersion"));
                    return Conf.with(conf, "{'name':'n1','prevResult':{'cniVersion':'1.1.0'}}");
                }
            }
        }
        throw new AssertionError("docs/configuration.md has no example of " + type);
    }

    /** Gives a key a value that none can have; returns the key's name. */
    private static String spoil(ObjectNode conf, String path) {
        ObjectNode place = conf;
        String[] names = path.split("\\.");
        for (int i = 0; i < names.length - 1; i++) {
            String name = names[i].replace("[]", "");
            int depth = (names[i].length() - name.length()) / 2;
            place = depth == 0 ? object(place, name) : element(place, name, depth);
        }
        String key = names[names.length - 1];
        place.putArray(key).add(0);
        return key;
    }

    private static ObjectNode object(ObjectNode place, String name) {
        ObjectNode object = place.withObject("/" + name);
        object.setAll(Conf.of(AROUND.getOrDefault(name, "{}")));
        return object;
    }

    private static ObjectNode element(ObjectNode place, String name, int depth) {
        ObjectNode element = Conf.of(AROUND.getOrDefault(name, "{}"));
        ArrayNode list = place.putArray(name);
        for (int i = 1; i < depth; i++) {
            list = list.addArray();
        }
        list.add(element);
        return element;
    }

    /** The commands of a block, which one shell runs. */
    private record Commands(Block block) {
        private static final String END = "\u0001";

        void run(Host host, String dist) {
            boolean isConsole = block.kind().equals("console");
            Output output =
                    host.command("sh", isConsole ? "-c" : "-ec", "exec 2>&1; cd $WORK; " + script())
                            .env("PATH", "/opt/pontoon/current:/usr/sbin:/usr/bin:/sbin:/bin")
                            .env("DIST", dist)
                            .env("WORK", host.temp().toString())
                            .env("HOME", "/run")
                            .timeout(Duration.ofMinutes(2))
                            .run();
            if (isConsole) {
                compare(output.stdout());
            } else {
                assertThat(output.exit()).as("%s: %s", block, output.transcript()).isZero();
            }
        }

        private String script() {
            if (!block.kind().equals("console")) {
                return block.text();
            }
            StringBuilder script = new StringBuilder();
            for (String line : block.lines()) {
                if (line.startsWith("$ ")) {
                    script.append("printf '\\001'\n").append(line.substring(2)).append('\n');
                } else if (line.startsWith("> ")) {
                    script.append(line.substring(2)).append('\n');
                }
            }
            return script.toString();
        }

        private void compare(String printed) {
            List<String> actual = new ArrayList<>(List.of(printed.split(END, -1)));
            actual.removeFirst();
            List<String> shown = new ArrayList<>();
            for (String line : block.lines()) {
                if (line.startsWith("$ ")) {
                    shown.add("");
                } else if (!line.startsWith("> ")) {
                    shown.add(shown.removeLast() + line + "\n");
                }
            }
            assertThat(actual).as("%s: outputs of its commands", block).hasSameSizeAs(shown);
            for (int i = 0; i < shown.size(); i++) {
                String expected = ShownOutput.masked(shown.get(i));
                String found = ShownOutput.masked(actual.get(i));
                if (!ShownOutput.matches(expected, found)) {
                    assertThat(found).as("%s, command %d", block, i + 1).isEqualTo(expected);
                }
            }
        }
    }
}
