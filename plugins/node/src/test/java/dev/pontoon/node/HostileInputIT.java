package dev.pontoon.node;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.pontoon.testing.CniCall;
import dev.pontoon.testing.CniResult;
import dev.pontoon.testing.Conf;
import dev.pontoon.testing.Container;
import dev.pontoon.testing.Host;
import dev.pontoon.testing.HostExtension;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Input that no runtime should send, and every version that one may speak. */
@Tag("kernel")
@ExtendWith(HostExtension.class)
final class HostileInputIT {
    private static final String TEXT = EdgeNode.CONF.toString();

    private Host host;
    private EdgeNode node;
    private Container c1;

    @BeforeEach
    void keepHost(Host fresh) {
        host = fresh;
        node = EdgeNode.on(fresh);
        c1 = host.container("c1");
    }

    @ParameterizedTest(
            quoteTextArguments = false,
            name = "E49 {0} as CNI_IFNAME is refused with code 4")
    @ValueSource(strings = {"sixteen-letters0", ".", "..", "a/b", "a:b", "a b", "../../etc/x"})
    void ifname(String name) {
        for (String verb : new String[] {"ADD", "DEL"}) {
            node.bridge(c1).ifname(name).start(verb).await().failedWith(4);
        }
        node.assertUntouched();
    }

    @ParameterizedTest(
            quoteTextArguments = false,
            name = "E49 {0} as CNI_CONTAINERID is refused with code 4")
    @ValueSource(strings = {"../../x", "a/b", "_a", "-a", ".", "a b", "é", "a\n"})
    void containerId(String id) {
        for (String plugin : new String[] {"bridge", "host-local"}) {
            for (String verb : new String[] {"ADD", "DEL"}) {
                host.cni(EdgeNode.bin(), plugin)
                        .container(c1)
                        .containerId(id)
                        .stdin(EdgeNode.CONF)
                        .start(verb)
                        .await()
                        .failedWith(4);
            }
        }
        node.assertUntouched();
    }

    @ParameterizedTest(
            quoteTextArguments = false,
            name = "E49 {0} as the name of the network is refused with code 7")
    @ValueSource(strings = {"../../x", "a/b", "", "..", "a b"})
    void networkName(String name) {
        ObjectNode conf = EdgeNode.CONF.deepCopy().put("name", name);
        node.bridge(c1, conf).add().failedWith(7);
        node.bridge(c1, conf).del().failedWith(7);
        node.assertUntouched();
    }

    @Test
    @DisplayName("E49 standard input that is no JSON object is refused with code 6")
    void noObject() {
        String[] inputs = {
            "",
            " ",
            "nonsense",
            "[]",
            "\"text\"",
            "7",
            "null",
            "{",
            TEXT + TEXT,
            TEXT + "x",
            "\ufeff" + TEXT,
            TEXT + "\0",
            "\0" + TEXT,
            TEXT.replace("10.66", "10.\0 66"),
            TEXT + ",",
            TEXT.substring(0, TEXT.length() - 1)
        };
        for (String input : inputs) {
            node.bridge(c1).stdin(input).add().failedWith(6);
        }
        node.bridge(c1).stdin(new byte[] {'{', (byte) 0xff, '}'}).add().failedWith(6);
        node.assertUntouched();
    }

    @Test
    @DisplayName("E49 a configuration of 10 MB is served")
    void tenMegabytes() {
        ObjectNode conf = EdgeNode.CONF.deepCopy().put("comment", "x".repeat(10_000_000));
        node.bridge(c1, conf).add().succeeded();
        EdgeNode.ping(c1, EdgeNode.GATEWAY);
        node.bridge(c1, conf).del().succeeded();
        node.assertClean();
    }

    @Test
    @DisplayName("E49 of duplicate keys the last counts, as with the reference plugins")
    void duplicateKeys() {
        String twice =
                TEXT.replace("\"bridge\":\"cni0\"", "\"bridge\":\"cni8\",\"bridge\":\"cni0\"");
        node.bridge(c1).stdin(twice).add().succeeded();
        host.ok("ip", "link", "show", "cni0");
        assertThat(host.run("ip", "link", "show", "cni8").exit()).isNotZero();
    }

    @Test
    @DisplayName("E49 names of the greatest length are served")
    void longNames() {
        String id = "x".repeat(128);
        CniCall call =
                node.bridge(c1, Conf.with(EdgeNode.CONF, "{'name':'" + "n".repeat(100) + "'}"))
                        .containerId(id)
                        .ifname("fifteen-letters");
        call.add().succeeded();
        EdgeNode.ping(c1, EdgeNode.GATEWAY);
        call.del().succeeded();
        node.assertClean();
    }

    @ParameterizedTest(quoteTextArguments = false, name = "E57 ADD and DEL in version {0}")
    @CsvSource({
        "0.1.0, false",
        "0.2.0, false",
        "0.3.0, true",
        "0.3.1, true",
        "0.4.0, true",
        "1.0.0, true",
        "1.1.0, true"
    })
    void everyVersion(String version, boolean listed) {
        ObjectNode conf = EdgeNode.CONF.deepCopy().put("cniVersion", version);
        JsonNode result = node.bridge(c1, conf).add().succeeded().json();
        assertThat(result.path("cniVersion").asText()).isEqualTo(version);
        assertThat(result.has("ip4")).isEqualTo(!listed);
        assertThat(result.path("interfaces").size()).isEqualTo(listed ? 3 : 0);
        assertThat(result.path("ips").path(0).has("version"))
                .isEqualTo(listed && version.startsWith("0."));
        assertThat(result.path("interfaces").path(0).has("mtu")).isEqualTo(version.equals("1.1.0"));
        for (String plugin : new String[] {"host-local", "static", "loopback"}) {
            assertSpeaks(plugin, conf, listed);
        }
        EdgeNode.ping(c1, EdgeNode.GATEWAY);
        node.bridge(c1, conf).del().succeeded();
        node.bridge(c1, conf).containerId("other").del().succeeded();
        node.assertClean();
    }

    private void assertSpeaks(String plugin, ObjectNode conf, boolean listed) {
        ObjectNode own = conf.deepCopy();
        own.withObjectProperty("ipam")
                .withArrayProperty("addresses")
                .addObject()
                .put("address", "10.66.0.200/24");
        CniCall call = host.cni(EdgeNode.bin(), plugin).container(c1).containerId("other");
        JsonNode result = call.stdin(own).add().succeeded().json();
        assertThat(result.path("cniVersion").asText()).isEqualTo(conf.path("cniVersion").asText());
        assertThat(result.has("ip4")).as(plugin).isEqualTo(!listed);
        assertThat(result.has("ips")).as(plugin).isEqualTo(listed);
    }

    @ParameterizedTest(
            quoteTextArguments = false,
            name = "E57 version {0} is refused with code 1 by every plugin")
    @ValueSource(strings = {"9.9.9", "1.2.0", "1.1", "x", "0.0.1"})
    void unknownVersion(String version) {
        ObjectNode conf = EdgeNode.CONF.deepCopy().put("cniVersion", version);
        for (String plugin :
                new String[] {
                    "bridge", "bandwidth", "portmap", "firewall", "host-local", "static", "loopback"
                }) {
            host.cni(EdgeNode.bin(), plugin).container(c1).stdin(conf).add().failedWith(1);
        }
        node.assertUntouched();
    }

    @Test
    @DisplayName("E57 without a version the oldest is meant, and later verbs are refused")
    void noVersion() {
        ObjectNode conf = EdgeNode.CONF.deepCopy();
        conf.remove("cniVersion");
        CniResult added = node.bridge(c1, conf).add().succeeded();
        assertThat(added.json().has("ip4")).isTrue();
        node.bridge(c1, conf).check().failedWith(1);
        node.bridge(conf).gc().failedWith(1);
        node.bridge(conf).status().failedWith(1);
        node.bridge(c1, conf).del().succeeded();
        node.assertClean();
    }
}
