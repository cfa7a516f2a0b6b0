package dev.pontoon.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.pontoon.testing.Conf;
import dev.pontoon.testing.Host;
import dev.pontoon.testing.HostExtension;
import dev.pontoon.testing.Snapshot;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A container by runc or crun alone, which has its network from pontoon oci-hook. */
@Tag("kernel")
@ExtendWith(HostExtension.class)
@DisplayName("pontoon oci-hook")
final class OciHookIT {
    private final Host host;
    private final RuntimeNetwork network;
    private final Cgroup cgroup;
    private final Snapshot before;

    OciHookIT(Host host) {
        this.host = host;
        this.network = new RuntimeNetwork(host);
        this.cgroup = new Cgroup(host);
        host.write("/etc/cni/net.d/10-rt.conflist", RuntimeNetwork.conflist("1.0.0"));
        this.before = network.snapshot();
    }

    @AfterEach
    void removeContainers() {
        cgroup.close();
    }

    /** The namespace is the runtime's to make: it has no path in config.json. */
    private ObjectNode spec(String runtime, String networks) {
        OciContainer.need(runtime);
        ObjectNode spec = OciContainer.spec(host, runtime, cgroup.path("c1"));
        String hook =
                "[{'path':'%s','args':['pontoon','oci-hook',%s],'env':['CNI_PATH=%s']}]"
                        .formatted(
                                EdgeNode.dist().resolve("pontoon").toAbsolutePath(),
                                networks,
                                RuntimeNetwork.pontoon());
        spec.set("hooks", Conf.of("{'createRuntime':" + hook + ",'poststop':" + hook + "}"));
        return spec;
    }

    @ParameterizedTest(name = "{0}")
    @ValueSource(strings = {"runc", "crun"})
    @DisplayName("createRuntime attaches, poststop detaches, and nothing is left")
    void attachesAndDetaches(String runtime) {
        ObjectNode spec = spec(runtime, "'rt'");
        spec.withObject("/annotations").put("dev.pontoon.cni-args", "IP=10.77.0.99");
        OciContainer container = OciContainer.create(host, runtime, "c1", spec);
        assertThat(network.leases()).containsExactly("10.77.0.99");

        container.start();
        assertThat(container.exec("ip", "addr", "show", "dev", "eth0")).contains("10.77.0.99/24");
        container.exec("ping", "-c1", "-W5", RuntimeNetwork.GATEWAY);
        network.assertServes("c1", "10.77.0.99");
        assertThat(new ServiceHandle(host).pontoon("list").ok()).contains("c1", "attached");

        container.delete();
        assertThat(host.list("/var/lib/cni/results")).isEmpty();
        network.snapshot().assertSameAs(before);
    }

    @Test
    @DisplayName(
            "two networks are eth0 and eth1; if the second fails the first is taken back, though crun never says poststop")
    void severalNetworks() {
        ObjectNode spec = spec("crun", "'rt','missing'");
        // Otherwise crun lets nobody read it.
        spec.withObject("/annotations").put("run.oci.hooks.stderr", "/run/hook.err");
        assertThatThrownBy(() -> OciContainer.create(host, "crun", "c1", spec))
                .hasMessageContaining("error executing hook");
        assertThat(host.read("/run/hook.err")).contains("no network \"missing\" in /etc/cni/net.d");
        assertThat(network.leases()).isEmpty();
        assertThat(host.list("/var/lib/cni/results")).isEmpty();
        network.snapshot().assertSameAs(before);
    }
}
