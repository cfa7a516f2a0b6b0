package dev.pontoon.linux;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TokenBucketTest {
    private static final long LARGEST = 0xffff_ffffL;

    @ParameterizedTest(name = "{1} bytes at {0} B/s")
    @CsvSource({
        // A megabyte a second fills 100 kB in 100 ms, or 1562500 times 64 ns.
        "1000000, 100000, 1562500, 125000",
        "2000000, 200000, 1562500, 250000",
        // Rounded up, never down: the kernel would take a byte less than was asked for.
        "1000000, 1514, 23657, 26514",
        "1000000000000, 1, 1, 4294967295",
        "2305843009213693951, 4294967295, 1, 4294967295",
        "1, 4294967295, 67108863984375000, 4294967295",
        "39, 100, 40064103, 100"
    })
    void burstIsKeptAsTimeAndRoundedUp(long rate, long burst, long ticks, long limit) {
        TokenBucket bucket = TokenBucket.of(rate, burst, 25);

        assertThat(bucket).isEqualTo(new TokenBucket(rate, ticks, limit));
        assertThat(bucket.keptTicks()).isEqualTo(Math.min(ticks, LARGEST));
    }

    @Test
    void timeIsToldAsBytesAgain() {
        assertThat(TokenBucket.of(1_000_000, 100_000, 25).burst()).isEqualTo(100_000);
        assertThat(TokenBucket.of(1250, LARGEST, 25).burst()).isEqualTo(LARGEST);
    }

    @Test
    void whatIsNoBucketIsRefused() {
        assertThatThrownBy(() -> TokenBucket.of(0, 1, 25))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> TokenBucket.of(1, 0, 25))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> TokenBucket.of(1, LARGEST + 1, 25))
                .isInstanceOf(IllegalArgumentException.class);
    }
}
