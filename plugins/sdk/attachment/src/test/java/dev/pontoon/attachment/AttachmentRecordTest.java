package dev.pontoon.attachment;

import static org.assertj.core.api.Assertions.assertThat;

import dev.pontoon.linux.MacAddress;
import dev.pontoon.plugin.LedgerEntry;
import dev.pontoon.protocol.Attachment;
import dev.pontoon.protocol.Cidr;
import java.util.List;
import org.junit.jupiter.api.Test;

class AttachmentRecordTest {
    private static final Attachment ATTACHMENT = new Attachment("n", "c", "eth0");
    private static final AttachmentRecord EMPTY =
            new AttachmentRecord(LedgerEntry.begun(ATTACHMENT, "ptp"));

    @Test
    void entryThatTellsNothingIsReadAsSuch() {
        assertThat(EMPTY.isReadable() || EMPTY.isFinished()).isFalse();
        assertThat(EMPTY.hostVeth() + EMPTY.hostMac() + EMPTY.netns()).isEmpty();
        assertThat(EMPTY.containerMac()).isEmpty();
        assertThat(EMPTY.addresses()).isEmpty();
    }

    @Test
    void pairIsFoundAgainByNameAndMac() {
        VethPair pair = VethPair.random();
        AttachmentRecord record = EMPTY.with(pair);
        assertThat(record.isReadable()).isTrue();
        assertThat(record.hostVeth()).isEqualTo(pair.hostName());
        assertThat(record.hostMac()).isEqualTo(MacAddress.format(pair.hostMac()));
        assertThat(record.containerMac()).isEqualTo(pair.containerMac());
    }

    @Test
    void foreignLinkHasNoMacByWhichItWouldBeDeleted() {
        AttachmentRecord record = EMPTY.withForeignLink("tap0", new byte[0]);
        assertThat(record.isReadable()).isTrue();
        assertThat(record.hostMac()).isEmpty();
        assertThat(record.containerMac()).isEmpty();
    }

    @Test
    void addressesSurviveTheLedger() {
        List<Cidr> addresses =
                List.of(
                        Cidr.parse("10.1.2.3/24").orElseThrow(),
                        Cidr.parse("fd00::3/128").orElseThrow());
        AttachmentRecord record = EMPTY.withAddresses(addresses).finish();
        assertThat(record.addresses()).isEqualTo(addresses);
        assertThat(record.isFinished()).isTrue();
        assertThat(record.attachment()).isEqualTo(ATTACHMENT);
    }
}
