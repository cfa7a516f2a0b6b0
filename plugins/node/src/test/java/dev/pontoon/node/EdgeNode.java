package dev.pontoon.node;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.pontoon.testing.Await;
import dev.pontoon.testing.CniCall;
import dev.pontoon.testing.CniResult;
import dev.pontoon.testing.Conf;
import dev.pontoon.testing.Container;
import dev.pontoon.testing.Host;
import dev.pontoon.testing.Need;
import dev.pontoon.testing.Snapshot;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Assumptions;

/**
 * A host with the packaged plugins and a bridge network, and the question that the edge cases ask:
 * is everything as it was, but for what the configuration declares permanent?
 *
 * <p>Permanent are bridges named cni0 to cni9 with their addresses, forwarding, and the empty
 * folders, locks and cursors of ledger and leases.
 */
final class EdgeNode {
    static final ObjectNode CONF =
            Conf.of(
                    """
                    {'cniVersion':'1.1.0','name':'n1','type':'bridge','bridge':'cni0',
                     'isDefaultGateway':true,'ipMasq':true,
                     'ipam':{'type':'host-local','ranges':[[{'subnet':'10.66.0.0/24'}]]}}\
                    """);

    static final String GATEWAY = "10.66.0.1";

    /** An IPAM plugin: touches /run/asked when asked, and waits until the file /run/go is there. */
    static final String WAITING_IPAM =
            """
            #!/bin/sh
            cat >/dev/null
            [ $CNI_COMMAND = ADD ] || exit 0
            touch /run/asked
            while ! [ -e /run/go ]; do sleep 0.05; done
            echo '{"cniVersion":"1.1.0","ips":[{"address":"10.66.0.7/24"}]}'
            """;

    /** What every call leaves, even one that had nothing to do. */
    private static final String LOCK_FOLDERS = "^file /run/pontoon(/locks)?( |$)";

    private static final String PERMANENT =
            "^(link|addr|route|sysctl|neigh|vlan|tc).*\\bcni\\d\\b|^sysctl"
                    + " net/ipv[46]/(ip_forward|conf/\\S+ ((mc_)?forwarding|accept_redirects))|^file"
                    + " /run/pontoon(/locks|/ledger)?( |$)|^file"
                    + " /var/lib/cni/networks(/[^/.]+(/lock|/last_reserved_ip\\.\\d)?)?( |$)|^file"
                    + " /var/lib/cni/networks/\\.pontoon(/[^/]+(/index)?)?( |$)";

    private final Host host;
    private Snapshot before;

    private EdgeNode(Host host) {
        this.host = host;
        this.before = host.snapshot();
    }

    static EdgeNode on(Host host) {
        dist();
        return new EdgeNode(host);
    }

    /** The folder that scripts/package made. */
    static Path dist() {
        String folder = System.getProperty("pontoon.dist");
        Assumptions.assumeTrue(
                folder != null, "needs: -Dpontoon.dist, the folder that scripts/package made");
        Need.file(Path.of(folder));
        return Path.of(folder);
    }

    static Path bin() {
        return dist().resolve("bin");
    }

    Host host() {
        return host;
    }

    /** A call of the bridge plugin that concerns no container yet. */
    CniCall bridge(ObjectNode conf) {
        return host.cni(bin(), "bridge").stdin(conf);
    }

    CniCall bridge(Container container) {
        return bridge(container, CONF);
    }

    CniCall bridge(Container container, ObjectNode conf) {
        return bridge(conf).container(container);
    }

    CniResult attach(Container container) {
        return bridge(container).add().succeeded();
    }

    /** DEL as a runtime sends it that has kept the result of ADD. */
    CniCall after(Container container, CniResult added) {
        return bridge(container, Conf.after(CONF, added));
    }

    /** From here on this is how the host was. */
    void remember() {
        before = host.snapshot();
    }

    /** Nothing is left but what is permanent. */
    void assertClean() {
        host.snapshot().without(PERMANENT).assertSameAs(before.without(PERMANENT));
    }

    /**
     * As {@link #assertClean}, but what a service does after its caller has gone takes a moment.
     */
    void awaitClean() {
        Await.until(
                "nothing to be left",
                () -> {
                    try {
                        assertClean();
                        return "";
                    } catch (AssertionError e) {
                        return String.valueOf(e.getMessage());
                    }
                },
                String::isEmpty);
    }

    /** Nothing at all has changed, not even what is permanent. */
    void assertUntouched() {
        host.snapshot().without(LOCK_FOLDERS).assertSameAs(before.without(LOCK_FOLDERS));
    }

    /** The addresses leased in a network, as the names of the store's files. */
    List<String> leases(String network) {
        return host.list("/var/lib/cni/networks/" + network).stream()
                .filter(name -> Character.isDigit(name.charAt(0)))
                .toList();
    }

    /** The first address of a result, without its prefix length. */
    static String address(CniResult added) {
        return added.json().path("ips").path(0).path("address").asText().split("/")[0];
    }

    /** The host's end of the pair in a result. */
    static String hostVeth(CniResult added) {
        return added.json().path("interfaces").path(1).path("name").asText();
    }

    /** One packet there and back; fails the test if none comes back within two seconds. */
    static void ping(Container from, String address) {
        from.ok("ping", "-n", "-q", "-c1", "-W2", address);
    }

    /**
     * A neighbour of the host, {@code 192.0.2.2}, that has no route to containers: whoever is not
     * masqueraded gets no answer from it.
     */
    Container connectOutside() {
        Container outside = outside(host);
        remember();
        return outside;
    }

    /** The neighbour {@code 192.0.2.2} of any host, which is {@code 192.0.2.1} to it. */
    static Container outside(Host host) {
        Container outside = host.container("outside");
        host.sh(
                "ip link add out0 type veth peer name eth0 netns outside\n"
                        + "ip addr add 192.0.2.1/24 dev out0\n"
                        + "ip link set out0 up\n");
        outside.sh("ip addr add 192.0.2.2/24 dev eth0; ip link set eth0 up");
        return outside;
    }

    /** The message of an error document, with its details. */
    static String message(CniResult failed) {
        JsonNode error = failed.json();
        return error.path("msg").asText() + "; " + error.path("details").asText();
    }
}
