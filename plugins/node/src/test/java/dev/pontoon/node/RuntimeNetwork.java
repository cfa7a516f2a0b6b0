package dev.pontoon.node;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.pontoon.testing.CniCall;
import dev.pontoon.testing.CniResult;
import dev.pontoon.testing.Conf;
import dev.pontoon.testing.Host;
import dev.pontoon.testing.Need;
import dev.pontoon.testing.Snapshot;
import java.nio.file.Path;
import java.util.List;
import org.opentest4j.TestAbortedException;

/** The network that the tests with real runtimes attach to, and what shows of it from outside. */
final class RuntimeNetwork {

    static final String GATEWAY = "10.77.0.1";

    /**
     * What stays by design: forwarding, the empty store and its counters, our own empty folders.
     * The folder of results is the runtimes' own.
     */
    private static final String PERMANENT =
            "ip_forward|forwarding|accept_redirects"
                    // The store.
                    + "|^file /var/lib/cni(/networks(/rt(/lock|/last_reserved_ip\\.\\d)?|/\\.pontoon.*)?)?$"
                    // The results that runtimes keep.
                    + "|^file /var/lib/cni/results"
                    // Our own folders, empty.
                    + "|^file /run/pontoon(/ledger|/locks)?$";

    private static final ObjectNode CONF =
            Conf.of(
                    """
                    {'cniVersion':'1.0.0','name':'rt','type':'bridge','bridge':'rt0',
                     'isGateway':true,'ipMasq':true,'removeUnusedBridge':true,
                     'ipam':{'type':'host-local','ranges':[[{'subnet':'10.77.0.0/24'}]],
                             'routes':[{'dst':'0.0.0.0/0'}]}}\
                    """);

    private final Host host;
    private final Path bin;

    RuntimeNetwork(Host host) {
        this.host = host;
        this.bin = pontoon();
    }

    /** The folder of the packaged plugins; without one the test is skipped. */
    static Path pontoon() {
        String dist = System.getProperty("pontoon.dist");
        if (dist == null) {
            throw new TestAbortedException(
                    "needs: -Dpontoon.dist, the folder that scripts/package made");
        }
        Path bin = Path.of(dist).toAbsolutePath().resolve("bin");
        Need.file(bin.resolve("bridge"));
        Need.file(bin.resolve("host-local"));
        return bin;
    }

    /**
     * The network as a file of a runtime's configuration folder.
     *
     * @param behind the plugins behind {@code bridge}, each an object
     */
    static String conflist(String version, String... behind) {
        ObjectNode plugin = CONF.deepCopy();
        plugin.remove(List.of("cniVersion", "name"));
        ObjectNode list = Conf.of("{'name':'rt','plugins':[]}");
        list.put("cniVersion", version);
        list.withArray("plugins").add(plugin);
        for (String each : behind) {
            list.withArray("plugins").add(Conf.of(each));
        }
        return list.toString();
    }

    /** The network's configuration as a plugin gets it. */
    String configuration() {
        return CONF.toString();
    }

    /** A call of {@code bridge} for a container that a runtime made. */
    CniCall call(String id, String netns) {
        return host.cni(bin, "bridge").containerId(id).netns(netns).ifname("eth0").stdin(CONF);
    }

    /** A CHECK with the result of this ADD. */
    CniCall after(CniCall call, CniResult added) {
        return call.stdin(Conf.after(CONF, added));
    }

    /** The address of an ADD that must have succeeded, without its prefix length. */
    static String address(CniResult added) {
        JsonNode ips = added.succeeded().json().path("ips");
        assertThat(ips).as(added.transcript()).hasSize(1);
        return ips.get(0).path("address").asText().replaceFirst("/24$", "");
    }

    /** The host reaches the container, and the lease is the container's. */
    void assertServes(String id, String address) {
        host.ok("ping", "-c1", "-W5", address);
        assertThat(host.read("/var/lib/cni/networks/rt/" + address)).isEqualTo(id + "\r\neth0");
    }

    /** The addresses that the store has given out. */
    List<String> leases() {
        return host.list("/var/lib/cni/networks/rt").stream()
                .filter(name -> name.startsWith("10."))
                .toList();
    }

    /** What the host holds apart from what stays by design. */
    Snapshot snapshot() {
        return host.snapshot().without(PERMANENT);
    }
}
