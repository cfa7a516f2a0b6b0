package dev.pontoon.protocol;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class VersionInfoTest {
    private static final String ALL =
            "\"supportedVersions\":[\"0.1.0\",\"0.2.0\",\"0.3.0\",\"0.3.1\",\"0.4.0\",\"1.0.0\",\"1.1.0\"]}";

    private static String answer(String spoken) {
        return VersionInfo.toJson(CniVersion.ALL, spoken.getBytes(UTF_8));
    }

    @ParameterizedTest
    @EnumSource(CniVersion.class)
    void versionSpokenIsRepeated(CniVersion version) {
        assertThat(answer("{\"cniVersion\":\"" + version + "\"}"))
                .isEqualTo("{\"cniVersion\":\"" + version + "\"," + ALL);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "garbage",
                "{",
                "[]",
                "null",
                "{}",
                "{\"cniVersion\":7}",
                "{\"cniVersion\":\"\"}",
                "{\"cniVersion\":\"9.9.9\"}",
                "{\"cniVersion\":\"1.0.0\"} x"
            })
    void whateverElseIsAnsweredWithTheNewest(String spoken) {
        assertThat(answer(spoken)).isEqualTo("{\"cniVersion\":\"1.1.0\"," + ALL);
    }

    @Test
    void onlySupportedVersionsAreRepeated() {
        assertThat(
                        VersionInfo.toJson(
                                List.of(CniVersion.V0_4_0, CniVersion.V1_0_0),
                                "{\"cniVersion\":\"1.1.0\"}".getBytes(UTF_8)))
                .isEqualTo(
                        "{\"cniVersion\":\"1.0.0\",\"supportedVersions\":[\"0.4.0\",\"1.0.0\"]}");
    }
}
