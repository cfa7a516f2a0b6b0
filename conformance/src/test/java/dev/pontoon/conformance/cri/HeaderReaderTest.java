package dev.pontoon.conformance.cri;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashMap;
import java.util.HexFormat;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** With the examples of RFC 7541, appendix C, and a trailer that containerd sent. */
class HeaderReaderTest {

    private final HeaderReader reader = new HeaderReader();
    private final Map<String, String> fields = new HashMap<>();

    private void read(String hex) {
        reader.read(HexFormat.of().parseHex(hex.replace(" ", "")), fields);
    }

    @Test
    void literalFieldsAreReadAsTheyStand() {
        read("400a 6375 7374 6f6d 2d6b 6579 0d63 7573 746f 6d2d 6865 6164 6572");
        assertThat(fields).containsExactly(Map.entry("custom-key", "custom-header"));
    }

    @Test
    void huffmanCodedFieldsAreDecoded() {
        read("4088 25a8 49e9 5ba9 7d7f 8925 a849 e95b b8e8 b4bf");
        assertThat(fields).containsExactly(Map.entry("custom-key", "custom-value"));
    }

    @Test
    void aFieldThatWasIndexedIsFoundAgain() {
        read("4088 25a8 49e9 5ba9 7d7f 8925 a849 e95b b8e8 b4bf");
        fields.clear();
        read("be");
        assertThat(fields).containsExactly(Map.entry("custom-key", "custom-value"));
    }

    @Test
    void fieldsOfTheStaticTableAreSkipped() {
        read("4882 6402 88 20 0f0d 0131");
        assertThat(fields).isEmpty();
    }

    @Test
    void longNumbersAreReadToTheirEnd() {
        String value = "61".repeat(1337);
        read("0001 78 7fba 09" + value);
        assertThat(fields.get("x")).hasSize(1337);
    }
}
