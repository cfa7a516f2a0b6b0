package dev.pontoon.node;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.pontoon.testing.Host;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * VLANs on a kernel that filters them, which a machine made for containers often lacks. The script
 * {@code uml/vlan.sh} does everything in one go; each test here reads what it observed.
 */
@Tag("kernel")
@Timeout(value = 600, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
final class VlanUmlIT {

    private static final List<String> MODULES = List.of("bridge", "veth", "8021q", "nf_tables");

    private static Host host;
    private static Path results;

    @BeforeAll
    static void observe() {
        PackagedPontoon pontoon = PackagedPontoon.require();
        UserModeLinux linux = UserModeLinux.require();
        host = Host.create();
        results = linux.run(host, "vlan.sh", MODULES, pontoon);
    }

    @AfterAll
    static void close() {
        if (host != null) {
            host.close();
        }
    }

    @Test
    void everyContainerIsAttached() {
        for (String pod : List.of("one", "two", "stranger", "both", "trunk", "kept", "half")) {
            assertThat(text("ADD-" + pod + ".exit"))
                    .as(text("ADD-" + pod + ".json") + text("ADD-" + pod + ".err"))
                    .isEqualTo("0");
        }
    }

    @Test
    void bridgeFiltersVlans() {
        JsonNode bridge = json("bridge.json").path(0).path("linkinfo").path("info_data");

        assertThat(bridge.path("vlan_filtering").asInt()).isEqualTo(1);
    }

    @Test
    void vlanReplacesTheDefaultOneOfThePort() {
        assertThat(vlans("vlans-one.json")).containsExactly("100 PVID Egress Untagged");
    }

    @Test
    void vlanAndTrunkTogether() {
        assertThat(vlans("vlans-both.json"))
                .containsExactly("101 PVID Egress Untagged", "200", "201", "202", "203", "300");
    }

    @Test
    void trunkAloneKeepsTheDefaultVlanForUntaggedFrames() {
        assertThat(vlans("vlans-trunk.json"))
                .containsExactly("1 PVID Egress Untagged", "300", "301", "302");
    }

    @Test
    void preservedDefaultVlanStaysBesideTheOther() {
        assertThat(vlans("vlans-kept.json"))
                .containsExactly("1 Egress Untagged", "103 PVID Egress Untagged");
    }

    @Test
    void gatewayOfVlanIsALinkOfItsOwn() {
        JsonNode gateway = json("gateway.json").path(0);
        JsonNode address = gateway.path("addr_info").path(0);

        assertThat(address.path("local").asText()).isEqualTo("10.100.0.1");
        assertThat(address.path("prefixlen").asInt()).isEqualTo(24);
        JsonNode listed = json("ADD-one.json").path("interfaces").path(3);
        assertThat(listed.path("name").asText()).isEqualTo("br0.100");
        assertThat(listed.path("mac")).isEqualTo(gateway.path("address"));
        assertThat(listed.has("sandbox")).isFalse();
    }

    @Test
    void containersReachGatewayAndNeighboursOfTheirVlan() {
        assertThat(text("gateway.ping")).as(text("gateway.log")).isEqualTo("yes");
        assertThat(text("neighbour.ping")).as(text("neighbour.log")).isEqualTo("yes");
    }

    @Test
    void containerOfAnotherVlanDoesNotReachThem() {
        assertThat(text("stranger.ping")).as(text("stranger.log")).isEqualTo("no");
    }

    @Test
    void taggedFramesPassTheTrunk() {
        assertThat(text("tagged.ping")).as(text("tagged.log")).isEqualTo("yes");
    }

    @Test
    void checkAcceptsWhatAddHasMade() {
        assertThat(text("CHECK-one.exit")).as(text("CHECK-one.json")).isEqualTo("0");
        assertThat(text("CHECK-both-whole.exit")).isEqualTo("0");
    }

    @Test
    void checkNamesTheVlanThatIsMissing() {
        assertThat(text("CHECK-two.exit")).isEqualTo("1");
        assertThat(json("CHECK-two.json").path("code").asInt()).isEqualTo(103);
        assertThat(json("CHECK-two.json").path("msg").asText()).contains("VLANs {100}");
        assertThat(json("CHECK-both.json").path("msg").asText()).contains("VLANs {202}");
    }

    @Test
    void gatewayThatAKilledAddLeftHalfMadeIsCompleted() {
        assertThat(vlans("vlans-half0.json")).containsExactly("104 PVID Egress Untagged");
        assertThat(text("half.ping")).as(text("half.log")).isEqualTo("yes");
    }

    @Test
    void delLeavesTheBridgeAndItsGatewaysAlone() {
        for (String pod : List.of("one", "two", "stranger", "both", "trunk", "kept", "half")) {
            assertThat(text("DEL-" + pod + ".exit"))
                    .as(text("DEL-" + pod + ".json"))
                    .isEqualTo("0");
        }
        // The gateways of the VLANs 100, 200 and 104.
        assertThat(json("ports.json").findValuesAsText("link"))
                .containsExactlyInAnyOrder("br0.100", "br0.200", "br0.104");
        assertThat(text("leases")).isEmpty();
        assertThat(text("records")).isEmpty();
    }

    /** {@code bridge vlan show} of one port: number and flags of each VLAN. */
    private static List<String> vlans(String name) {
        List<String> vlans = new ArrayList<>();
        for (JsonNode vlan : json(name).path(0).path("vlans")) {
            var line = new StringBuilder(vlan.path("vlan").asText());
            vlan.path("flags").forEach(flag -> line.append(' ').append(flag.asText()));
            vlans.add(line.toString());
        }
        return vlans;
    }

    private static String text(String name) {
        return UserModeLinux.read(results, name).strip();
    }

    private static JsonNode json(String name) {
        try {
            return new ObjectMapper().readTree(Files.readString(results.resolve(name)));
        } catch (IOException e) {
            throw new UncheckedIOException("read " + name, e);
        }
    }
}
