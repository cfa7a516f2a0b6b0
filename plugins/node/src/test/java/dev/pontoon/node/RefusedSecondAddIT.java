package dev.pontoon.node;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.pontoon.testing.CniCall;
import dev.pontoon.testing.CniResult;
import dev.pontoon.testing.Conf;
import dev.pontoon.testing.Container;
import dev.pontoon.testing.Host;
import dev.pontoon.testing.HostExtension;
import dev.pontoon.testing.MountedContainer;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Who is attached already: a second ADD harms nobody, a second interface has a life of its own. */
@Tag("kernel")
@ExtendWith(HostExtension.class)
final class RefusedSecondAddIT {
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
            name = "E08 a second ADD ({0}) is refused and the first goes on working")
    @ValueSource(
            strings = {"{}", "{'ipMasqBackend':'iptables'}", "{'ipam':{}}", "{'bridge':'cni5'}"})
    void secondAdd(String keys) {
        node.connectOutside();
        CniResult added = node.attach(c1);
        EdgeNode.ping(c1, "192.0.2.2");
        node.remember();
        node.bridge(c1, Conf.with(EdgeNode.CONF, keys)).add().failedWith(102);
        node.assertUntouched();
        EdgeNode.ping(c1, "192.0.2.2");
        node.after(c1, added).check().succeeded();
    }

    @Test
    @DisplayName("E08 a second ADD into another namespace is refused and the first goes on working")
    void secondAddIntoAnotherNamespace() {
        CniResult added = node.attach(c1);
        node.remember();
        node.bridge(host.container("c2")).containerId("c1").add().failedWith(102);
        node.assertUntouched();
        EdgeNode.ping(c1, EdgeNode.GATEWAY);
        node.after(c1, added).check().succeeded();
    }

    @Test
    @DisplayName("E08 another container's ADD for an interface that exists harms its owner nothing")
    void ifnameOfAnotherContainer() {
        CniResult added = node.attach(c1);
        node.remember();
        node.bridge(c1).containerId("c2").add().failedWith(102);
        node.bridge(c1, Conf.with(EdgeNode.CONF, "{'name':'n2'}")).add().failedWith(102);
        node.assertClean();
        EdgeNode.ping(c1, EdgeNode.GATEWAY);
        node.after(c1, added).check().succeeded();
    }

    @Test
    @DisplayName("E02 ADD for a container whose namespace died without DEL takes its place")
    void addAfterLostDel() {
        MountedContainer first = host.container("c2");
        node.attach(first);
        first.remove();
        Container again = host.container("c2");
        CniResult added = node.attach(again);
        EdgeNode.ping(again, EdgeNode.GATEWAY);
        assertThat(node.leases("n1")).containsExactly(EdgeNode.address(added));
        node.after(again, added).del().succeeded();
        node.assertClean();
    }

    @Test
    @DisplayName("E17 DEL of one of two interfaces leaves the other masqueraded")
    void secondInterface() {
        assertSecondInterfaceSurvives(EdgeNode.CONF);
    }

    @Test
    @DisplayName("E17 the same with the iptables backend")
    void secondInterfaceWithIptables() {
        host.ok("iptables", "-t", "nat", "-A", "POSTROUTING", "-s", "192.0.2.9", "-j", "ACCEPT");
        assertSecondInterfaceSurvives(Conf.with(EdgeNode.CONF, "{'ipMasqBackend':'iptables'}"));
    }

    private void assertSecondInterfaceSurvives(ObjectNode conf) {
        node.connectOutside();
        CniCall first = node.bridge(c1, conf);
        CniCall second = first.ifname("eth1");
        first.add().succeeded();
        CniResult kept = second.add().succeeded();
        first.del().succeeded();
        c1.ok("ip", "route", "replace", "default", "via", EdgeNode.GATEWAY, "dev", "eth1");
        EdgeNode.ping(c1, "192.0.2.2");
        second.stdin(Conf.after(conf, kept)).check().succeeded();
        second.del().succeeded();
        node.assertClean();
    }

    @Test
    @DisplayName("E59 two networks with one bridge and one subnet hand out no address twice")
    void twoNetworksWithOneSubnet() {
        ObjectNode n2 = Conf.with(EdgeNode.CONF, "{'name':'n2'}");
        Container c2 = host.container("c2");
        Container c3 = host.container("c3");
        CniResult first = node.attach(c1);
        CniResult second = node.bridge(c2, n2).add().succeeded();
        CniResult third = node.attach(c3);
        assertThat(EdgeNode.address(first))
                .isNotEqualTo(EdgeNode.address(second))
                .isNotEqualTo(EdgeNode.address(third));
        assertThat(EdgeNode.address(second)).isNotEqualTo(EdgeNode.address(third));
        EdgeNode.ping(c1, EdgeNode.address(second));
        EdgeNode.ping(c3, EdgeNode.address(second));
        node.bridge(c2, n2).del().succeeded();
        EdgeNode.ping(c1, EdgeNode.address(third));
        node.bridge(c1).del().succeeded();
        node.bridge(c3).del().succeeded();
        node.assertClean();
    }

    @ParameterizedTest(
            quoteTextArguments = false,
            name = "E39 host-local refuses the requested address {0}: {1}")
    @CsvSource({
        "10.66.0.1,   gateway",
        "10.66.0.0,   network address",
        "10.66.0.255, broadcast",
        "10.67.0.5,   none of the ranges",
        "10.66.0.9,   taken by",
    })
    void requestedAddress(String address, String says) {
        hostLocal("IP=10.66.0.9").containerId("other").add().succeeded();
        node.remember();
        CniResult failed = hostLocal("IP=" + address).add().failed();
        assertThat(EdgeNode.message(failed)).contains(says);
        node.assertUntouched();
    }

    @Test
    @DisplayName("E39 host-local gives no second address to who has one, requested or not")
    void requestedSecondAddress() {
        hostLocal("IP=10.66.0.9").add().succeeded();
        node.remember();
        hostLocal("IP=10.66.0.10").add().failedWith(102);
        hostLocal("").add().failedWith(102);
        node.assertUntouched();
    }

    private CniCall hostLocal(String args) {
        CniCall call = host.cni(EdgeNode.bin(), "host-local").container(c1).stdin(EdgeNode.CONF);
        return args.isEmpty() ? call : call.args(args);
    }
}
