package dev.pontoon.protocol;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RequestTest {
    private static Request of(String command, String version) {
        Environment environment =
                Environment.read(
                        Map.of(
                                "CNI_COMMAND", command,
                                "CNI_CONTAINERID", "c1",
                                "CNI_NETNS", "/run/netns/x",
                                "CNI_IFNAME", "eth0",
                                "CNI_PATH", "/opt/cni/bin"));
        String json = "{\"cniVersion\":\"" + version + "\",\"name\":\"net\"}";
        return Request.of(environment, NetworkConfig.read(json.getBytes(UTF_8)));
    }

    @ParameterizedTest
    @CsvSource({
        "ADD,    0.1.0, ",
        "DEL,    0.1.0, ",
        "CHECK,  0.4.0, 0.3.1",
        "GC,     1.1.0, 1.0.0",
        "STATUS, 1.1.0, 1.0.0",
        "CHECK,  1.1.0, 0.1.0",
        "GC,     1.1.0, 0.4.0"
    })
    void commandNeedsTheVersionThatBroughtIt(String command, String first, String before) {
        assertThat(of(command, first).getClass().getSimpleName()).isEqualToIgnoringCase(command);
        if (before != null) {
            CniException refused = Failures.of(() -> of(command, before));
            assertThat(refused.code()).isEqualTo(1);
            assertThat(refused.text()).contains(command);
        }
    }

    @Test
    void attachmentIsTheTriple() {
        assertThat(((Request.Del) of("DEL", "1.0.0")).attachment())
                .isEqualTo(new Attachment("net", "c1", "eth0"));
    }
}
