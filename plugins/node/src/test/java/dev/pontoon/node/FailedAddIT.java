package dev.pontoon.node;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.pontoon.testing.Await;
import dev.pontoon.testing.CniCall;
import dev.pontoon.testing.CniResult;
import dev.pontoon.testing.Conf;
import dev.pontoon.testing.Container;
import dev.pontoon.testing.Host;
import dev.pontoon.testing.HostExtension;
import dev.pontoon.testing.RunningCall;
import dev.pontoon.testing.Snapshot;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** An ADD that fails leaves nothing, and works once the cause is mended, without a DEL between. */
@Tag("kernel")
@ExtendWith(HostExtension.class)
final class FailedAddIT {
    private static final String NO_ADDRESSES =
            "#!/bin/sh\ncat >/dev/null\necho '{\"cniVersion\":\"1.1.0\",\"ips\":[]}'\n";
    private static final String FAILING =
            "#!/bin/sh\ncat >/dev/null\necho '{\"code\":117,\"msg\":\"no more\"}'\nexit 1\n";

    private Host host;
    private EdgeNode node;
    private Container c1;

    @BeforeEach
    void keepHost(Host fresh) {
        host = fresh;
        node = EdgeNode.on(fresh);
        c1 = host.container("c1");
        script("failing", FAILING);
        script("empty", NO_ADDRESSES);
        script("garbage", "#!/bin/sh\ncat >/dev/null\necho nonsense\n");
        script("silent", "#!/bin/sh\nexit 3\n");
        script("waiting", EdgeNode.WAITING_IPAM);
    }

    private void script(String name, String text) {
        host.script("/run/bin/" + name, text);
    }

    /**
     * @param breaks what is done to the host, where the container is c1
     * @param keys what the failing ADD's configuration has differently
     * @param says what the error must mention
     * @param mends what makes the ordinary configuration work
     */
    private record Cause(String name, String breaks, String keys, String says, String mends) {
        @Override
        public String toString() {
            return name;
        }
    }

    static Stream<Cause> causes() {
        return Stream.of(
                new Cause(
                        "E09 the range is full",
                        "mkdir -p /var/lib/cni/networks/n1;"
                                + " printf 'other\\r\\neth0' >/var/lib/cni/networks/n1/10.66.0.2",
                        "{'ipam':{'type':'host-local','ranges':[[{'subnet':'10.66.0.0/24',"
                                + "'rangeStart':'10.66.0.2','rangeEnd':'10.66.0.2'}]]}}",
                        "other",
                        "rm /var/lib/cni/networks/n1/10.66.0.2"),
                ipam("is missing", "missing", "missing"),
                ipam("fails", "failing", "no more"),
                ipam("fails without a word", "silent", "silent"),
                ipam("prints garbage", "garbage", "garbage"),
                ipam("gives no address", "empty", "no address"),
                new Cause(
                        "E11 the container has an eth0 already",
                        "ip netns exec c1 ip link add eth0 type veth peer name other",
                        "{}",
                        "eth0",
                        "ip netns exec c1 ip link del eth0"),
                new Cause(
                        "E60 the bridge's name is that of a veth",
                        "ip link add cni0 type veth peer name other",
                        "{}",
                        "cni0",
                        "ip link del cni0"),
                new Cause(
                        "E60 the bridge has another gateway address",
                        "ip link add cni0 type bridge; ip addr add 10.99.0.1/24 dev cni0",
                        "{}",
                        "10.99.0.1/24",
                        "ip addr del 10.99.0.1/24 dev cni0"),
                new Cause(
                        "E60 the bridge does not filter VLANs, and one is asked for",
                        "ip link add cni0 type bridge",
                        "{'vlan':100}",
                        "it does not filter VLANs",
                        "true"),
                key("the MAC is no MAC", "{'runtimeConfig':{'mac':'zz'}}", "zz"),
                key("the MAC is a group", "{'args':{'cni':{'mac':'01:00:5e:00:00:01'}}}", "01:00"),
                key("the MTU is nonsense", "{'mtu':-5}", "mtu"),
                key("the VLAN is nonsense", "{'vlan':5000}", "vlan"),
                key("a key has another type", "{'ipMasq':'yes'}", "ipMasq"),
                key(
                        "a route's gateway cannot be reached",
                        "{'ipam':{'type':'host-local','subnet':'10.66.0.0/24',"
                                + "'routes':[{'dst':'10.7.0.0/16','gw':'192.168.77.1'}]}}",
                        "10.7.0.0/16"),
                key(
                        "the address cannot be had",
                        "{'ipam':{'type':'static','addresses':[{'address':'10.66.0.5/24',"
                                + "'gateway':'10.66.0.1'},{'address':'10.66.0.5/24'}]}}",
                        "10.66.0.5"),
                new Cause(
                        "E54 ip_forward is off and /proc/sys is read-only",
                        "mount --bind /proc/sys /proc/sys; mount -o remount,bind,ro /proc/sys",
                        "{}",
                        "/proc/sys/net/ipv4/ip_forward",
                        "umount /proc/sys"),
                new Cause(
                        "E11 /run is read-only",
                        "mount -o remount,ro /run",
                        "{}",
                        "/run/pontoon",
                        "mount -o remount,rw /run"),
                new Cause(
                        "E11 the folder of leases is read-only",
                        "mount -o remount,ro /var/lib/cni",
                        "{}",
                        "/var/lib/cni",
                        "mount -o remount,rw /var/lib/cni"));
    }

    private static Cause ipam(String how, String plugin, String says) {
        String keys = "{'ipam':{'type':'" + plugin + "'}}";
        return new Cause("E11 the IPAM plugin " + how, "true", keys, says, "true");
    }

    private static Cause key(String name, String keys, String says) {
        return new Cause("E11 " + name, "true", keys, says, "true");
    }

    @ParameterizedTest(
            quoteTextArguments = false,
            name = "{0}: the ADD leaves nothing and the next one works")
    @MethodSource("causes")
    void failedAddLeavesNothing(Cause cause) {
        host.sh(cause.breaks);
        node.remember();
        CniCall call = node.bridge(c1, Conf.with(EdgeNode.CONF, cause.keys)).cniPath(path());
        CniResult failed = call.add().failed();
        assertThat(EdgeNode.message(failed)).contains(cause.says);
        node.assertClean();
        assertThat(c1.run("ip", "addr", "show", "eth0").stdout()).doesNotContain("inet ");
        host.sh(cause.mends);
        node.attach(c1);
        EdgeNode.ping(c1, EdgeNode.GATEWAY);
    }

    private static String path() {
        return "/run/bin:" + EdgeNode.bin();
    }

    @Test
    @DisplayName("E60 a bridge that fails the ADD keeps its addresses and settings")
    void foreignBridgeIsNotTouched() {
        host.sh(
                "ip link add cni0 address 02:00:00:00:00:60 type bridge; ip link set cni0 up; ip"
                        + " addr add 10.99.0.1/24 dev cni0; echo 1 >/proc/sys/net/ipv4/ip_forward");
        // The kernel's own, whenever a port comes and goes.
        String volatileOnes = "^link cni0 (tso|gso)|^file ";
        Snapshot before = host.snapshot().without(volatileOnes);
        node.bridge(c1).add().failedWith(7);
        host.snapshot().without(volatileOnes).assertSameAs(before);
    }

    @Test
    @DisplayName("E60 forceAddress replaces the bridge's other gateway address")
    void forcedAddress() {
        host.sh("ip link add cni0 type bridge; ip addr add 10.99.0.1/24 dev cni0");
        node.bridge(c1, Conf.with(EdgeNode.CONF, "{'forceAddress':true}")).add().succeeded();
        assertThat(host.ok("ip", "-4", "-o", "addr", "show", "cni0"))
                .contains(EdgeNode.GATEWAY + "/24")
                .doesNotContain("10.99.0.1");
        EdgeNode.ping(c1, EdgeNode.GATEWAY);
    }

    @Test
    @DisplayName("E60 a bridge that exists and is down is set up")
    void bridgeThatIsDown() {
        host.ok("ip", "link", "add", "cni0", "type", "bridge");
        node.attach(c1);
        EdgeNode.ping(c1, EdgeNode.GATEWAY);
    }

    @Test
    @DisplayName("E12 ADD killed while its IPAM plugin works: DEL leaves nothing")
    void killedAdd() {
        RunningCall call = startedWaiting();
        call.kill();
        call.await();
        waiting().del().succeeded();
        node.assertClean();
        assertThat(c1.run("ip", "link", "show", "eth0").exit()).isNotZero();
    }

    @Test
    @DisplayName("E12 ADD killed while its IPAM plugin works: the next ADD starts afresh")
    void killedAddThenAdd() {
        RunningCall call = startedWaiting();
        call.kill();
        call.await();
        CniResult added = node.attach(c1);
        EdgeNode.ping(c1, EdgeNode.GATEWAY);
        assertThat(host.json("ip", "-j", "link", "show", "master", "cni0")).hasSize(1);
        node.after(c1, added).del().succeeded();
        node.assertClean();
    }

    @Test
    @DisplayName("E13 SIGTERM while the IPAM plugin works: one error, and nothing is left")
    void terminatedAdd() {
        RunningCall call = startedWaiting();
        call.signal("TERM");
        call.await().failed();
        node.assertClean();
        node.attach(c1);
    }

    private CniCall waiting() {
        ObjectNode conf = Conf.with(EdgeNode.CONF, "{'ipam':{'type':'waiting'}}");
        return node.bridge(c1, conf).cniPath(path());
    }

    private RunningCall startedWaiting() {
        RunningCall call = waiting().start("ADD");
        Await.until("the IPAM plugin to be asked", () -> host.exists("/run/asked"));
        return call;
    }

    /** The plugin behind a shell that redirects its standard streams. */
    private CniCall through(String redirection) {
        String plugin = EdgeNode.bin().resolve("bridge").toString();
        script("bridge", "#!/bin/sh\nexec " + plugin + " " + redirection + "\n");
        return host.cni(Path.of("/run/bin"), "bridge")
                .container(c1)
                .cniPath(EdgeNode.bin().toString())
                .stdin(EdgeNode.CONF);
    }

    @Test
    @DisplayName("E50 ADD whose standard output is closed takes everything back")
    void closedOutput() {
        for (String closed : new String[] {">&-", ">/dev/full"}) {
            CniResult failed = through(closed).add();
            assertThat(failed.exit()).as(closed).isNotZero();
            node.assertClean();
        }
        node.attach(c1);
    }

    @Test
    @DisplayName("E50 ADD whose reader has gone away takes everything back")
    void brokenPipe() {
        // Opened for both ends first, so that opening it for writing does not wait.
        host.ok("mkfifo", "/run/pipe");
        CniResult failed = through("3<>/run/pipe 4>/run/pipe 3<&- >&4 4>&-").add();
        assertThat(failed.exit()).isNotZero();
        node.assertClean();
        node.attach(c1);
    }

    @Test
    @DisplayName("E50 ADD whose output nobody reads is taken back on SIGTERM")
    void fullPipe() {
        host.sh("mkfifo /run/pipe");
        host.start(
                "sh",
                "-c",
                "exec 3<>/run/pipe; head -c 65536 /dev/zero >&3; touch /run/full;"
                        + " exec sleep infinity");
        Await.until("the pipe to be full", () -> host.exists("/run/full"));
        RunningCall call = through(">/run/pipe").start("ADD");
        Await.until(
                "the container's address",
                () -> c1.run("ip", "-4", "-o", "addr", "show", "eth0").stdout(),
                text -> text.contains("10.66.0."));
        call.signal("TERM");
        assertThat(call.await().exit()).isNotZero();
        node.assertClean();
    }

    @Test
    @DisplayName("E50 ADD whose standard input never ends can be ended")
    void endlessInput() {
        host.sh("mkfifo /run/input");
        host.start("sh", "-c", "exec 3<>/run/input; touch /run/open; exec sleep infinity");
        Await.until("the pipe to be open", () -> host.exists("/run/open"));
        RunningCall call = through("</run/input").start("ADD");
        String plugin = host.ok("readlink", "-f", EdgeNode.bin().resolve("bridge").toString());
        Await.until(
                "the plugin to run",
                () -> host.run("readlink", "/proc/" + call.pid() + "/exe").stdout(),
                plugin::equals);
        call.signal("TERM");
        assertThat(call.await().exit()).isNotZero();
        node.assertUntouched();
    }
}
