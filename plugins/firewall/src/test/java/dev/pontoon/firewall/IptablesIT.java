package dev.pontoon.firewall;

import static dev.pontoon.firewall.Node.CONF;
import static dev.pontoon.firewall.Node.OUTSIDE_V4;
import static dev.pontoon.firewall.Node.OUTSIDE_V6;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.pontoon.testing.Await;
import dev.pontoon.testing.CniCall;
import dev.pontoon.testing.CniResult;
import dev.pontoon.testing.Conf;
import dev.pontoon.testing.Host;
import dev.pontoon.testing.HostExtension;
import dev.pontoon.testing.MountedContainer;
import dev.pontoon.testing.Need;
import dev.pontoon.testing.Running;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** The backend that runs iptables, of both kinds. */
@Tag("kernel")
@ExtendWith(HostExtension.class)
class IptablesIT {
    private static final ObjectNode IPTABLES =
            Node.behind(Conf.with(CONF, "{'backend':'iptables','cniVersion':'1.0.0'}"), 1, 2);

    private Host host;
    private Node node;
    private MountedContainer c1;

    @BeforeEach
    void makeNode(Host fresh) {
        Need.kernel("iptables nft");
        host = fresh;
        node = new Node(fresh);
        node.bridge(1);
        c1 = node.container("c1", 1, 2);
    }

    /** A PATH on which the given programs lead to those of the old kind. */
    private String legacyPath(String... programs) {
        Need.kernel("iptables legacy");
        for (String each : programs) {
            String old = each.replace("tables", "tables-legacy");
            host.script("/opt/legacy/" + each, "#!/bin/sh\nexec /usr/sbin/" + old + " \"$@\"\n");
        }
        return "/opt/legacy:/usr/sbin:/usr/bin:/sbin:/bin";
    }

    private String bothLegacy() {
        return legacyPath("iptables", "iptables-restore", "ip6tables", "ip6tables-restore");
    }

    @Test
    void rulesAreThoseOfTheReferencePlugin() {
        Need.file(Node.REFERENCE.resolve("firewall"));
        ObjectNode conf = Conf.with(IPTABLES, "{'ingressPolicy':'same-bridge'}");
        node.reference(conf, c1).add().succeeded();
        List<String> theirs = node.rules("iptables");
        List<String> theirs6 = node.rules("ip6tables");
        host.ok("nft", "flush", "ruleset");

        node.call(conf, c1).add().succeeded();
        assertThat(node.rules("iptables")).containsExactlyInAnyOrderElementsOf(theirs);
        assertThat(node.rules("ip6tables")).containsExactlyInAnyOrderElementsOf(theirs6);
        assertThat(node.rules("iptables").stream().filter(r -> r.startsWith("-A FORWARD")))
                .containsExactlyElementsOf(
                        theirs.stream().filter(r -> r.startsWith("-A FORWARD")).toList());
        assertThat(node.ruleset()).doesNotContain("pontoon");
        node.reference(conf, c1).check().succeeded();
        node.call(conf, c1).check().succeeded();
        node.reference(conf, c1).del().succeeded();
        CniResult found = node.call(conf, c1).check().failedWith(103);
        assertThat(CniResult.words(found.json())).contains("-d 10.1.0.2/32");
    }

    @Test
    void everythingOfTheContainerGoesAndTheAdministratorsStays() {
        node.outside();
        node.drop();
        node.call(IPTABLES, c1).add().succeeded();
        c1.awaitPing(OUTSIDE_V4);
        c1.awaitPing(OUTSIDE_V6);
        host.ok("iptables", "-A", "CNI-ADMIN", "-s", "192.0.2.1", "-j", "DROP");
        node.call(IPTABLES, c1).del().succeeded();
        assertThat(c1.pings(OUTSIDE_V4)).isFalse();
        assertThat(String.join("\n", node.rules("iptables")))
                .doesNotContain("10.1.0.2")
                .contains("192.0.2.1");
        assertThat(host.list("/run/pontoon/ledger")).isEmpty();
    }

    @Test
    void onlyTheProgramOfAVersionThatTheContainerHasIsNeeded() {
        String noSix = "#!/bin/sh\necho ip6tables was run >&2\nexit 1\n";
        host.script("/opt/v4/ip6tables", noSix);
        host.script("/opt/v4/ip6tables-restore", noSix);
        ObjectNode v4 = Node.behind(IPTABLES, "br1", "10.1.0.2/24");
        CniCall call = node.call(v4, c1).env("PATH", "/opt/v4:/usr/sbin:/usr/bin:/bin");
        call.add().succeeded();
        call.check().succeeded();
        call.del().succeeded();
        CniResult refused =
                node.call(IPTABLES, c1)
                        .env("PATH", "/opt/v4:/usr/sbin:/usr/bin:/bin")
                        .add()
                        .failedWith(105);
        assertThat(CniResult.words(refused.json())).contains("ip6tables was run");
        // What could be undone is; the rest is in the ledger.
        assertThat(String.join("\n", node.rules("iptables"))).doesNotContain("10.1.0.2");
        assertThat(host.list("/run/pontoon/ledger/n1")).hasSize(1);
        node.call(IPTABLES, c1).del().succeeded();
        assertThat(host.list("/run/pontoon/ledger")).isEmpty();
    }

    @Test
    @DisplayName("E16 xtables.lock held for 3 s: ADD and DEL wait, and succeed")
    void waitsForTheLock() {
        CniCall call = node.call(IPTABLES, c1).env("PATH", bothLegacy());
        Running holder = hold(3);
        call.add().succeeded();
        assertThat(holder.alive()).isFalse();
        assertThat(host.ok("iptables-legacy", "-S")).contains("-A CNI-FORWARD -s 10.1.0.2/32");
        Running again = hold(3);
        call.del().succeeded();
        assertThat(again.alive()).isFalse();
        assertThat(host.ok("iptables-legacy", "-S")).doesNotContain("10.1.0.2");
    }

    @Test
    @DisplayName("E16 xtables.lock never released: ADD gives up with code 11 and leaves nothing")
    void givesUpOnTheLock() {
        CniCall call = node.call(IPTABLES, c1).env("PATH", bothLegacy());
        Running holder = hold(50);
        call.add().failedWith(11);
        assertThat(holder.alive()).isTrue();
        holder.kill();
        call.del().succeeded();
        assertThat(host.ok("iptables-legacy", "-S")).doesNotContain("10.1.0.2");
        assertThat(host.list("/run/pontoon/ledger")).isEmpty();
    }

    private Running hold(int seconds) {
        Running holder =
                host.start(
                        "flock",
                        "-x",
                        "/run/xtables.lock",
                        "sh",
                        "-c",
                        "echo held; exec sleep " + seconds);
        Await.until("the lock", () -> holder.stdout().contains("held"));
        return holder;
    }

    @Test
    void legacyTablesThatDropAreOpenedByTheLegacyProgram() {
        String path = bothLegacy();
        node.outside();
        host.ok("iptables-legacy", "-P", "FORWARD", "DROP");
        host.ok("ip6tables-legacy", "-P", "FORWARD", "DROP");
        ObjectNode conf = Conf.with(IPTABLES, "{'ingressPolicy':'isolated'}");
        CniCall call = node.call(conf, c1).env("PATH", path);
        call.add().succeeded();
        c1.awaitPing(OUTSIDE_V4);
        c1.awaitPing(OUTSIDE_V6);
        call.check().succeeded();
        call.del().succeeded();
        assertThat(c1.pings(OUTSIDE_V4)).isFalse();
        assertThat(host.ok("iptables-legacy", "-S")).doesNotContain("10.1.0.2", "ISOLATION");
    }

    @Test
    @DisplayName("E56 a DEL that fails half-way keeps its record, and is completed after repair")
    void failedDelIsRepeated() {
        node.call(IPTABLES, c1).add().succeeded();
        host.script("/opt/broken/ip6tables", "#!/bin/sh\necho broken >&2\nexit 3\n");
        node.call(IPTABLES, c1)
                .env("PATH", "/opt/broken:/usr/sbin:/usr/bin:/bin")
                .del()
                .failedWith(105);
        assertThat(host.list("/run/pontoon/ledger/n1")).hasSize(1);
        node.call(Conf.with(CONF, "{'name':'n1'}"), c1).del().succeeded();
        assertThat(String.join("\n", node.rules("iptables"))).doesNotContain("10.1.0.2");
        assertThat(String.join("\n", node.rules("ip6tables"))).doesNotContain("fd00:1::2");
        assertThat(host.list("/run/pontoon/ledger")).isEmpty();
    }
}
