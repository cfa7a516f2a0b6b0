package dev.pontoon.ptp;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.pontoon.testing.CniCall;
import dev.pontoon.testing.CniResult;
import dev.pontoon.testing.Conf;
import dev.pontoon.testing.Container;
import dev.pontoon.testing.Host;
import dev.pontoon.testing.HostExtension;
import dev.pontoon.testing.Need;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Beside the reference plugin, and in its place. */
@Tag("kernel")
@ExtendWith(HostExtension.class)
class ReferenceIT {
    private static final Path REFERENCE = Path.of("/usr/lib/cni/ptp");
    private static final ObjectNode CONF = Conf.with(Node.CONF, "{'cniVersion':'1.0.0'}");

    private Node node;
    private Host host;
    private Container c1;

    @BeforeEach
    void makeNode(Host fresh) {
        Need.file(REFERENCE);
        host = fresh;
        node = new Node(fresh);
        c1 = host.container("c1");
        host.script(node.bin() + "/reference", "#!/bin/sh\nexec " + REFERENCE + "\n");
    }

    private CniCall reference(ObjectNode configuration) {
        return host.cni(node.bin(), "reference").stdin(configuration).container(c1);
    }

    /** Addresses and routes of both sides, with one name for the host's end. */
    private List<List<String>> wiring(CniResult added) {
        String end = Node.hostEnd(added);
        return List.of(
                c1.addresses("eth0"),
                sorted(Node.routes(c1)),
                node.addresses(end),
                sorted(node.routes().stream().map(route -> route.replace(end, "END")).toList()));
    }

    private static List<String> sorted(List<String> routes) {
        return routes.stream().sorted().toList();
    }

    /** Without what is random; some versions of the reference print a dns that says nothing. */
    private static JsonNode comparable(CniResult added) {
        String end = Node.hostEnd(added);
        String text = added.json().toString().replace(end, "END").replace(",\"dns\":{}", "");
        return Conf.of(text.replaceAll("\"mac\":\"[^\"]*\"", "\"mac\":\"MAC\""));
    }

    @Test
    void bothLeaveTheSameAddressesAndRoutesAndTellTheSame() {
        CniResult theirs = reference(CONF).add().succeeded();
        List<List<String>> wired = wiring(theirs);
        reference(CONF).del().succeeded();
        CniCall call = node.call(c1, CONF);
        CniResult ours = call.add().succeeded();
        assertThat(wiring(ours)).isEqualTo(wired);
        assertThat(comparable(ours)).isEqualTo(comparable(theirs));
    }

    @Test
    void containerThatTheReferenceAttachedIsCheckedAndRemoved() {
        Need.kernel("iptables nft");
        var conf = Conf.with(CONF, "{'ipMasq':true}");
        CniResult theirs = reference(conf).add().succeeded();
        assertThat(node.ruleset()).contains("CNI-");
        CniCall call = node.call(c1, Conf.after(conf, theirs));
        call.check().succeeded();
        call.add().failedWith(102);
        call.del().succeeded();
        assertThat(node.ruleset()).doesNotContain("CNI-");
        assertThat(c1.json("ip", "-j", "link")).hasSize(1);
        assertThat(node.links()).isEmpty();
    }

    @Test
    void referenceChecksAndRemovesAContainerOfOurs() {
        CniResult ours = node.call(c1, CONF).add().succeeded();
        reference(Conf.after(CONF, ours)).check().succeeded();
        reference(Conf.after(CONF, ours)).del().succeeded();
        assertThat(node.links()).isEmpty();
    }
}
