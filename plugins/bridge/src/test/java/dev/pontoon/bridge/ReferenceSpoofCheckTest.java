package dev.pontoon.bridge;

import static org.assertj.core.api.Assertions.assertThat;

import dev.pontoon.protocol.Attachment;
import org.junit.jupiter.api.Test;

/** Names as the reference plugins were seen to make them. */
class ReferenceSpoofCheckTest {
    @Test
    void spoofChecksAreNamedByContainerAndInterface() {
        Attachment attachment = new Attachment("n", "ctrA", "eth0");
        assertThat(ReferenceSpoofCheck.chain(attachment)).isEqualTo("cni-br-iface-ctrA-eth0");
        assertThat(ReferenceSpoofCheck.comment(attachment)).isEqualTo("macspoofchk-ctrA-eth0");
    }
}
