package dev.pontoon.testing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class AwaitTest {

    @Test
    void returnsTheFirstGoodValue() {
        var count = new AtomicInteger();
        assertThat(Await.until("three", count::incrementAndGet, seen -> seen >= 3)).isEqualTo(3);
    }

    @Test
    void failureSaysWhatWasAwaitedAndLastSeen() {
        assertThatThrownBy(() ->
                        Await.until("rain", Duration.ofMillis(20), () -> "sun", "rain"::equals))
                .isInstanceOf(AssertionError.class)
                .hasMessageContaining("rain")
                .hasMessageContaining("last seen: sun");
    }
}
