package dev.pontoon.linux;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.pontoon.testing.Host;
import dev.pontoon.testing.HostExtension;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@Tag("kernel")
@ExtendWith(HostExtension.class)
class SysctlIT {
    private static final String[] NOTIFY = {"net", "ipv4", "conf", "eth0.5", "arp_notify"};
    private static final String FILE = "/proc/sys/net/ipv4/conf/eth0.5/arp_notify";

    private NetworkNamespace namespace;

    @BeforeEach
    void enter(Host host) {
        host.ok("ip", "link", "add", "eth0.5", "type", "bridge");
        namespace = NetworkNamespace.open(host.netnsPath().toString());
    }

    @AfterEach
    void leave() {
        namespace.close();
    }

    @Test
    void ensureWritesOnlyWhereItIsNeeded(Host host) {
        assertThat(namespace.inside(() -> Sysctl.ensure("1", NOTIFY))).contains("0");
        assertThat(host.ok("cat", FILE)).isEqualTo("1\n");
        assertThat(namespace.inside(() -> Sysctl.ensure("1", NOTIFY))).isEmpty();
        assertThat(namespace.inside(() -> Sysctl.read(NOTIFY))).isEqualTo("1");
    }

    @Test
    void whatCannotBeWrittenIsToldBeforeItIsTried() {
        namespace.inside(() -> Sysctl.requireWritable(NOTIFY));
        String readOnly = "tcp_available_congestion_control";
        assertThatThrownBy(() ->
                        namespace.inside(() -> Sysctl.requireWritable("net", "ipv4", readOnly)))
                .hasMessageContaining("write to /proc/sys/net/ipv4/" + readOnly);
    }

    @Test
    void itIsTheNamespacesSettingAndNotTheMachines(Host host) {
        String before = Sysctl.read("net", "ipv4", "ip_forward");
        String other = before.equals("1") ? "0" : "1";
        namespace.inside(() -> Sysctl.write(other, "net", "ipv4", "ip_forward"));
        assertThat(host.ok("cat", "/proc/sys/net/ipv4/ip_forward").strip()).isEqualTo(other);
        assertThat(Sysctl.read("net", "ipv4", "ip_forward")).isEqualTo(before);
    }

    @Test
    void valuesOfSeveralWordsCompareWhateverSeparatesThem(Host host) {
        String[] range = {"net", "ipv4", "ip_local_port_range"};
        assertThat(namespace.inside(() -> Sysctl.ensure("20000 30000", range))).isPresent();
        assertThat(host.ok("cat", "/proc/sys/net/ipv4/ip_local_port_range"))
                .isEqualTo("20000\t30000\n");
        assertThat(namespace.inside(() -> Sysctl.ensure("20000  30000 ", range))).isEmpty();
    }

    @Test
    void failuresNameFileAndValue() {
        assertThatThrownBy(() -> Sysctl.read("net", "ipv4", "conf", "nothing", "forwarding"))
                .isInstanceOfSatisfying(
                        KernelException.class, e -> assertThat(e.is(Errno.ENOENT)).isTrue())
                .hasMessage(
                        "read /proc/sys/net/ipv4/conf/nothing/forwarding: No such file or directory (ENOENT)");
        assertThatThrownBy(() -> namespace.inside(() -> Sysctl.write("many", NOTIFY)))
                .hasMessage("write many to " + FILE + ": Invalid argument (EINVAL)");
    }

    @Test
    void aReadOnlySettingIsNoObstacleIfItIsRightAlready(Host host) {
        String file = "/proc/sys/net/netfilter/nf_conntrack_count";
        assumeTrue(host.run("test", "-e", file).exit() == 0, "needs: " + file);
        String[] count = {"net", "netfilter", "nf_conntrack_count"};
        String value = host.ok("cat", file).strip();
        assertThat(namespace.inside(() -> Sysctl.ensure(value, count))).isEmpty();
        assertThatThrownBy(() -> namespace.inside(() -> Sysctl.ensure("1" + value, count)))
                .hasMessage("write 1" + value + " to " + file + ": Permission denied (EACCES)");
    }
}
