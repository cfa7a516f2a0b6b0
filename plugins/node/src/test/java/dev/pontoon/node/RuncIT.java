package dev.pontoon.node;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.pontoon.testing.CniCall;
import dev.pontoon.testing.CniResult;
import dev.pontoon.testing.Conf;
import dev.pontoon.testing.Container;
import dev.pontoon.testing.Host;
import dev.pontoon.testing.HostExtension;
import dev.pontoon.testing.Need;
import dev.pontoon.testing.Snapshot;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** OCI runtimes by hand, in every order in which they and a CNI plugin can come. */
@Tag("kernel")
@ExtendWith(HostExtension.class)
@DisplayName("runc and crun")
final class RuncIT {

    private final Host host;
    private final RuntimeNetwork network;
    private final Cgroup cgroup;
    private final Snapshot before;

    RuncIT(Host host) {
        this.host = host;
        this.network = new RuntimeNetwork(host);
        this.cgroup = new Cgroup(host);
        this.before = network.snapshot();
    }

    @AfterEach
    void removeContainers() {
        cgroup.close();
    }

    private ObjectNode spec(String runtime) {
        OciContainer.need(runtime);
        return OciContainer.spec(host, runtime, cgroup.path("c1"));
    }

    private static void assertReachesGateway(OciContainer container, String address) {
        assertThat(container.exec("ip", "addr", "show", "dev", "eth0")).contains(address + "/24");
        container.exec("ping", "-c1", "-W5", RuntimeNetwork.GATEWAY);
    }

    @ParameterizedTest(name = "{0}")
    @ValueSource(strings = {"runc", "crun"})
    @DisplayName(
            "a namespace without path: the runtime makes it, ADD comes between create and start")
    void attachesBetweenCreateAndStart(String runtime) {
        OciContainer container = OciContainer.create(host, runtime, "c1", spec(runtime));
        assertThat(container.status()).isEqualTo("created");
        CniCall call = network.call("c1", container.netns());
        CniResult added = call.add().succeeded();
        assertThat(added.json().at("/interfaces/2/sandbox").asText()).isEqualTo(container.netns());
        String address = RuntimeNetwork.address(added);

        container.start();
        assertReachesGateway(container, address);
        network.assertServes("c1", address);
        network.after(call, added).check().succeeded();

        network.after(call, added).del().succeeded();
        assertThat(container.exec("ip", "link")).doesNotContain("eth0");
        container.delete();
        network.snapshot().assertSameAs(before);
    }

    @Test
    @DisplayName("a namespace with a path: attached before the container exists, used by it later")
    void attachesBeforeCreate() {
        ObjectNode spec = spec("runc");
        Container pinned = host.container("c1");
        CniCall call = network.call("c1", pinned.netns());
        CniResult added = call.add().succeeded();
        String address = RuntimeNetwork.address(added);

        OciContainer container =
                OciContainer.create(host, "runc", "c1", OciContainer.joining(spec, pinned.netns()));
        container.start();
        assertReachesGateway(container, address);
        network.assertServes("c1", address);
        network.after(call, added).check().succeeded();

        container.delete();
        network.after(call, added).del().succeeded();
        pinned.remove();
        network.snapshot().assertSameAs(before);
    }

    @Test
    @DisplayName("a container killed before its start: DEL by a path that leads nowhere")
    void detachesWhenTheInitWasKilled() {
        OciContainer container = OciContainer.create(host, "runc", "c1", spec("runc"));
        CniCall call = network.call("c1", container.netns());
        CniResult added = call.add().succeeded();
        assertThat(network.leases()).containsExactly(RuntimeNetwork.address(added));

        container.killInit();
        network.after(call, added).del().succeeded();
        container.delete();
        network.snapshot().assertSameAs(before);
    }

    @Test
    @DisplayName(
            "a user namespace that owns the network namespace: ADD comes from the host all the same")
    void attachesAContainerInAUserNamespace() {
        Need.kernel("user namespaces");
        ObjectNode spec = spec("runc");
        String mapping = "[{'containerID':0,'hostID':500000,'size':65536}]";
        ObjectNode linux = spec.withObject("/linux");
        linux.setAll(Conf.of("{'uidMappings':" + mapping + ",'gidMappings':" + mapping + "}"));
        linux.withArray("namespaces").add(Conf.of("{'type':'user'}"));
        OciContainer container = OciContainer.create(host, "runc", "c1", spec);
        CniCall call = network.call("c1", container.netns());
        CniResult added = call.add().succeeded();

        container.start();
        assertReachesGateway(container, RuntimeNetwork.address(added));
        network.after(call, added).check().succeeded();
        network.after(call, added).del().succeeded();
        container.delete();
        network.snapshot().assertSameAs(before);
    }

    @Test
    @DisplayName("OCI hooks: ADD at createRuntime, DEL at poststop without namespace and result")
    void attachesAndDetachesFromHooks() {
        ObjectNode spec = spec("runc");
        host.write("/run/hook/conf", network.configuration());
        host.script("/run/hook/cni", hook());
        spec.set(
                "hooks",
                Conf.of(
                        """
                        {'createRuntime':[{'path':'/run/hook/cni','args':['cni','ADD']}],
                         'poststop':[{'path':'/run/hook/cni','args':['cni','DEL']}]}\
                        """));
        OciContainer container = OciContainer.create(host, "runc", "c1", spec);
        assertThat(network.leases()).hasSize(1);
        String address = network.leases().getFirst();

        container.start();
        assertReachesGateway(container, address);
        network.assertServes("c1", address);
        container.delete();
        network.snapshot().assertSameAs(before);
    }

    /** Gets the container's state on standard input, and no environment at all. */
    private static String hook() {
        return """
        #!/bin/sh
        export PATH=/usr/sbin:/usr/bin:/sbin:/bin
        pid=$(sed -n 's/.*"pid": *\\([1-9][0-9]*\\).*/\\1/p')
        export CNI_COMMAND=$1 CNI_CONTAINERID=c1 CNI_IFNAME=eth0 CNI_PATH=%1$s
        CNI_NETNS=${pid:+/proc/$pid/ns/net} exec %1$s/bridge < /run/hook/conf
        """
                .formatted(RuntimeNetwork.pontoon());
    }
}
