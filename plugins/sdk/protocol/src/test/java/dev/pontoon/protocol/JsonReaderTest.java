package dev.pontoon.protocol;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.cfg.JsonNodeFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Our own reader and writer agree with Jackson's. */
class JsonReaderTest {
    private static final JsonMapper JACKSON =
            JsonMapper.builder()
                    .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
                    .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
                    .disable(JsonNodeFeature.STRIP_TRAILING_BIGDECIMAL_ZEROES)
                    .build();

    private static final String DOCUMENT =
            """
            { "name" : "n\\u00e9\\n\\/\\"x", "é" : [ 0 , -1, 12345678901, -9223372036854775808,
              9223372036854775808, 2147483648, -2147483648, 1.50, -0.0, 1E+3, 2e-7 ],
            \t"o": {}, "l": [], "t": true, "f": false, "z": null,\r "t": {"a": {"b": ["", {"c": "😀"}]}}}
            """;

    private static Optional<JsonNode> ours(byte[] bytes) {
        try {
            return Optional.of(Json.read(bytes, "the test"));
        } catch (CniException e) {
            assertThat(e.code()).isEqualTo(6);
            assertThat(e.text()).startsWith("read the test as JSON: ");
            return Optional.empty();
        }
    }

    private static Optional<JsonNode> theirs(byte[] bytes) {
        try {
            JsonNode read = JACKSON.readTree(bytes);
            return read.isMissingNode() ? Optional.empty() : Optional.of(read);
        } catch (IOException | NumberFormatException e) {
            return Optional.empty();
        }
    }

    private static void requireAgreement(byte[] bytes) throws IOException {
        Optional<JsonNode> ours = ours(bytes);
        assertThat(ours).as(new String(bytes, UTF_8)).isEqualTo(theirs(bytes));
        if (ours.isPresent()) {
            assertThat(Json.write(ours.get())).isEqualTo(JACKSON.writeValueAsString(ours.get()));
        }
    }

    @Test
    void everyKindOfValueIsReadAndWrittenAsByJackson() throws IOException {
        byte[] bytes = DOCUMENT.getBytes(UTF_8);

        assertThat(ours(bytes)).isPresent();
        requireAgreement(bytes);
    }

    @Test
    void broken() throws IOException {
        Random random = new Random(11);
        String pieces = "{}[]\",:\\0123456789eE+-.tfnul \n\t/aAxX'é\u0001";
        for (int round = 0; round < 30_000; round++) {
            StringBuilder text = new StringBuilder(DOCUMENT);
            for (int changes = random.nextInt(4); changes >= 0; changes--) {
                int at = random.nextInt(text.length());
                String piece = pieces.substring(at % pieces.length()).substring(0, 1);
                switch (random.nextInt(3)) {
                    case 0 -> text.deleteCharAt(at);
                    case 1 -> text.insert(at, piece);
                    default -> text.replace(at, at + 1, piece);
                }
            }
            requireAgreement(text.toString().getBytes(UTF_8));
        }
    }

    @Test
    void shortTexts() throws IOException {
        Random random = new Random(12);
        String pieces = "{}[]\",:\\019eE+-.tru \nauf";
        for (int round = 0; round < 100_000; round++) {
            StringBuilder text = new StringBuilder();
            for (int length = random.nextInt(7); length >= 0; length--) {
                text.append(pieces.charAt(random.nextInt(pieces.length())));
            }
            requireAgreement(text.toString().getBytes(UTF_8));
        }
    }

    @Test
    void everyCharacterIsWrittenAsByJackson() throws IOException {
        StringBuilder all = new StringBuilder();
        for (char each = 0; each < 0x3000; each++) {
            all.append(each);
        }
        JsonNode text = JACKSON.getNodeFactory().textNode(all.toString());

        assertThat(Json.write(text)).isEqualTo(JACKSON.writeValueAsString(text));
        assertThat(ours(Json.write(text).getBytes(UTF_8))).contains(text);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
                    [1,     | it ends where a value should be (line 1, column 4)
                    [1 2]   | there is '2' where a comma or ']' should be (line 1, column 4)
                    {"a" 1} | there is '1' where a colon after the key should be (line 1, column 6)
                    {a:1}   | there is 'a' where a key in double quotes should be (line 1, column 2)
                    [-]     | there is ']' where a digit should be (line 1, column 3)
                    [é]     | there is byte 195 where a value should be (line 1, column 2)
                    [tru]   | there is a word other than true, false and null (line 1, column 2)
                    ["\\x"] | there is a backslash that escapes nothing (line 1, column 3)
                    ["ab    | it ends within a text (line 1, column 5)
                    1 1     | there is text after the end of the document (line 1, column 3)
                    """)
    void errorsTellThePlace(String json, String message) {
        CniException refused = Failures.of(() -> Json.read(json.getBytes(UTF_8), "the test"));

        assertThat(refused.text()).isEqualTo("read the test as JSON: " + message);
    }

    @Test
    void linesAreCounted() {
        CniException refused =
                Failures.of(() -> Json.read("{\n\n  \"a\" x".getBytes(UTF_8), "the test"));

        assertThat(refused.text()).endsWith("(line 3, column 7)");
    }

    @Test
    void numbersAndKeysAreLimited() {
        assertThat(ours("9".repeat(1000).getBytes(UTF_8))).isPresent();
        assertThat(ours("9".repeat(1001).getBytes(UTF_8))).isEmpty();
        assertThat(ours(("{\"" + "k".repeat(50_000) + "\":1}").getBytes(UTF_8))).isPresent();
        assertThat(ours(("{\"" + "k".repeat(50_001) + "\":1}").getBytes(UTF_8))).isEmpty();
        assertThat(ours(("\"" + "t".repeat(20_000_001) + "\"").getBytes(UTF_8))).isEmpty();
    }
}
