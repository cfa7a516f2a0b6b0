package dev.pontoon.bandwidth;

import static org.assertj.core.api.Assertions.assertThat;

import dev.pontoon.protocol.Attachment;
import org.junit.jupiter.api.Test;

class IfbNamesTest {
    @Test
    void interfacesOfOneContainerHaveDifferentNames() {
        Attachment eth0 = new Attachment("n1", "c1", "eth0");
        Attachment eth1 = new Attachment("n1", "c1", "eth1");
        assertThat(IfbNames.of(eth0)).hasSize(15).startsWith("bwp");
        assertThat(IfbNames.of(eth1)).isNotEqualTo(IfbNames.of(eth0));
        // Spelled in one, the parts of these two are the same text.
        assertThat(IfbNames.of(new Attachment("n", "1c1", "eth0")))
                .isNotEqualTo(IfbNames.of(new Attachment("n1", "c1", "eth0")));
    }

    @Test
    void theReferencePluginsNameIsWhatThatPluginWasSeenToGive() {
        assertThat(IfbNames.reference(new Attachment("n1", "c1", "eth0")))
                .isEqualTo("bwp7be53730afe4");
    }
}
