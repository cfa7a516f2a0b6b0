package dev.pontoon.portmap;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.pontoon.protocol.Attachment;
import dev.pontoon.protocol.Cidr;
import dev.pontoon.protocol.Ip;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ForwardTest {
    private static final ContainerAddresses BOTH =
            new ContainerAddresses(
                    Cidr.parse("10.1.0.2/24").orElseThrow(),
                    Cidr.parse("fd00::2/64").orElseThrow());

    private static PortMapping tcp(@Nullable String hostIp, int hostPort, int containerPort) {
        Ip parsed = hostIp == null ? null : Ip.parse(hostIp).orElseThrow();
        return new PortMapping(TransportProtocol.TCP, parsed, hostPort, containerPort);
    }

    private static List<String> texts(PortMapping... mappings) {
        return Forward.of(List.of(mappings), BOTH).stream().map(Forward::toText).toList();
    }

    @Test
    void mappingServesTheIpVersionsThatItIsFor() {
        assertThat(texts(tcp(null, 8080, 80)))
                .containsExactly("tcp,*,8080,10.1.0.2,80", "tcp,*,8080,fd00::2,80");
        assertThat(texts(tcp("0.0.0.0", 8080, 80))).containsExactly("tcp,*,8080,10.1.0.2,80");
        assertThat(texts(tcp("::", 8080, 80))).containsExactly("tcp,*,8080,fd00::2,80");
        assertThat(texts(tcp("10.9.0.1", 8080, 80)))
                .containsExactly("tcp,10.9.0.1,8080,10.1.0.2,80");
    }

    @Test
    void mappingThatStandsTwiceIsOne() {
        assertThat(texts(tcp("0.0.0.0", 8080, 80), tcp(null, 8080, 80)))
                .containsExactly("tcp,*,8080,10.1.0.2,80", "tcp,*,8080,fd00::2,80");
        assertThatThrownBy(() -> texts(tcp(null, 8080, 80), tcp(null, 8080, 81)))
                .hasMessageContaining("port 8080/tcp of every IPv4 address");
    }

    @Test
    void textOfTheLedgerIsReadAgain() {
        for (Forward each : Forward.of(List.of(tcp(null, 1, 2), tcp("fd00::9", 3, 4)), BOTH)) {
            assertThat(Forward.parse(each.toText())).contains(each);
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "tcp",
                "tcp,*,8080,10.1.0.2",
                "ftp,*,8080,10.1.0.2,80",
                "tcp,x,8080,10.1.0.2,80",
                "tcp,*,x,10.1.0.2,80",
                "tcp,*,8080,x,80",
                "tcp,*,8080,10.1.0.2,",
                "tcp,*,123456,10.1.0.2,80"
            })
    void anythingElseIsNoForward(String text) {
        assertThat(Forward.parse(text)).isEmpty();
    }

    /** From the reference plugin's documentation and from what 1.1.1 was seen to make. */
    @Test
    void namesAreTheReferencePlugins() {
        Attachment attachment = new Attachment("test", "ctr1", "eth0");
        assertThat(ReferenceNames.chain(attachment)).isEqualTo("CNI-DN-3a53437c165fe05c780a9");
        assertThat(ReferenceNames.comment(attachment))
                .isEqualTo("dnat name: \"test\" id: \"ctr1\"");
    }
}
