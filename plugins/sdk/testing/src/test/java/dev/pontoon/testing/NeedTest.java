package dev.pontoon.testing;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.opentest4j.TestAbortedException;

class NeedTest {

    @Test
    void missingToolSkipsAndSaysSo() {
        assertThatThrownBy(() -> Need.tool("no-such-tool"))
                .isInstanceOf(TestAbortedException.class)
                .hasMessageStartingWith("needs: no-such-tool");
        Need.tool("sh");
    }

    @Test
    void missingFileSkipsAndSaysSo() {
        assertThatThrownBy(() -> Need.file(Path.of("/no/such")))
                .isInstanceOf(TestAbortedException.class)
                .hasMessageStartingWith("needs: /no/such");
    }

    @Test
    void missingKernelFeatureSkipsWithItsReason() {
        Need.root();
        assertThatThrownBy(() -> Need.kernel("flying", "echo no wings >&2; exit 1"))
                .isInstanceOf(TestAbortedException.class)
                .hasMessage("needs: flying (no wings)");
        assertThatCode(() -> Need.kernel("bridge")).doesNotThrowAnyException();
    }

    @Test
    void unknownFeatureIsAMistakeOfTheTest() {
        assertThatThrownBy(() -> Need.kernel("brigde"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("bridge vlan filtering");
    }
}
