package dev.pontoon.testing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** What is told of processes that do not end as they should. */
@Tag("kernel")
@ExtendWith(HostExtension.class)
final class RunningIT {

    @Test
    void processThatHoldsTheOutputOpenIsNamed(Host host) {
        Running running =
                host.command(List.of("sh", "-c", "sleep 271 & echo begun"))
                        .timeout(Duration.ofMillis(500))
                        .start();

        assertThatThrownBy(running::await)
                .isInstanceOf(AssertionError.class)
                .hasMessageContaining("held stdout or stderr open")
                .hasMessageContaining("sleep 271")
                .hasMessageContaining("waits in ")
                .hasMessageContaining("begun");

        assertThat(running.alive()).isFalse();
    }
}
