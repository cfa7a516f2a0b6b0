package dev.pontoon.attachment;

import static org.assertj.core.api.Assertions.assertThat;

import dev.pontoon.protocol.Attachment;
import org.junit.jupiter.api.Test;

/** Names as the reference plugins were seen to make them. */
class ReferenceNamesTest {
    private static final Attachment SEEN = new Attachment("mynet", "ctr1", "eth0");

    @Test
    void chainOfIptablesIsAHashOfNetworkAndContainer() {
        assertThat(ReferenceNames.masqueradeChain(SEEN)).isEqualTo("CNI-5145007e2a8415ce07579739");
        assertThat(ReferenceNames.masqueradeComment(SEEN))
                .isEqualTo("name: \"mynet\" id: \"ctr1\"")
                .startsWith(ReferenceNames.networkComment("mynet"));
    }

    @Test
    void commentOfNftablesBeginsWithTwoHashes() {
        assertThat(ReferenceNames.masqueradeTag(SEEN))
                .isEqualTo("d23676b4f2d9fe04-7883a6f9ce71eedb");
        assertThat(ReferenceNames.networkTag("mynet")).isEqualTo("d23676b4f2d9fe04-");
    }
}
