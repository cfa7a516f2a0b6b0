package dev.pontoon.node;

import static org.assertj.core.api.Assertions.assertThat;

import dev.pontoon.testing.Container;
import dev.pontoon.testing.Host;
import dev.pontoon.testing.HostExtension;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * Run only beside the tests that are run a second time with a service on every host (see the pom):
 * that the service is there, and takes their calls.
 */
@Tag("kernel")
@ExtendWith(HostExtension.class)
final class ThroughService {

    @Test
    @DisplayName("every host of this run has a service, and it serves the calls")
    void callsAreServed(Host host) {
        Container c1 = host.container("c1");
        EdgeNode node = EdgeNode.on(host);
        node.attach(c1);
        node.bridge(c1).del().succeeded();
        assertThat(host.ok(EdgeNode.dist().resolve("pontoon").toString(), "service", "status"))
                .contains("calls      2 served, 0 of them with an error; 0 under way")
                .doesNotContain("not taken");
    }
}
