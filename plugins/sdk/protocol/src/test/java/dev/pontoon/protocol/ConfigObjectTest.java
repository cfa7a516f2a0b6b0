package dev.pontoon.protocol;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.nio.charset.Charset;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** JSON as runtimes write it, and as nobody should. */
class ConfigObjectTest {
    private static ConfigObject read(String json) {
        return ConfigObject.read(json.getBytes(UTF_8), "the test");
    }

    private static CniException undecodable(byte[] json) {
        CniException refused = Failures.of(() -> ConfigObject.read(json, "the test"));
        assertThat(refused.code()).isEqualTo(6);
        assertThat(refused.text()).contains("the test");
        return refused;
    }

    private static byte[] bytes(int... values) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        for (int value : values) {
            bytes.write(value);
        }
        return bytes.toByteArray();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                " ",
                "\n",
                "{{",
                "{",
                "}",
                "{} x",
                "{}{}",
                "{},",
                "[]",
                "null",
                "1",
                "\"a\"",
                "{'a':1}",
                "{a:1}",
                "{\"a\":1,}",
                "{\"a\" 1}",
                "{\"a\":01}",
                "{\"a\":NaN}",
                "{\"a\":+1}",
                "{\"a\":.5}",
                "{\"a\":1.}",
                "{\"a\":tru}",
                "{\"a\":[1,]}",
                "{\"a\":\"\n\"}",
                "{\"a\":\"\\x\"}",
                "/**/{}",
                "{} // x",
                "\u0000{}",
                "{}\u0000",
                "{\"a\u0000\":1}",
                "\ufeff{}"
            })
    void whatIsNoJsonObjectIsUndecodable(String json) {
        undecodable(json.getBytes(UTF_8));
    }

    @Test
    void keysThatStandTwiceAreRememberedAndTheLastValueCounts() {
        ConfigObject twice =
                ConfigObject.read("{\"a\":\"1\",\"b\":\"2\",\"a\":\"3\"}".getBytes(UTF_8), "it");
        assertThat(twice.repeatedKeys()).containsExactly("a");
        assertThat(twice.keys()).containsExactly("a", "b");
        assertThat(twice.text("a")).contains("3");
        assertThat(twice.toJson()).isEqualTo("{\"a\":\"3\",\"b\":\"2\"}");
        assertThat(ConfigObject.empty().repeatedKeys()).isEmpty();
    }

    @Test
    void everyTruncationIsUndecodable() {
        String whole = "{\"a\":[1,2.5,{\"b\":null}],\"c\":true,\"d\":\"\\u00e9é\"}";
        read(whole);
        byte[] bytes = whole.getBytes(UTF_8);
        for (int length = 0; length < bytes.length; length++) {
            undecodable(java.util.Arrays.copyOf(bytes, length));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"UTF-16", "UTF-16LE", "UTF-16BE", "UTF-32", "UTF-32LE", "UTF-32BE"})
    void onlyUtf8IsRead(String charset) {
        undecodable("{\"name\":\"n\"}".getBytes(Charset.forName(charset)));
    }

    static Stream<Arguments> invalidUtf8() {
        return Stream.of(
                Arguments.of("a byte that never occurs", bytes('{', '"', 0xff, '"', ':', '1', '}')),
                Arguments.of("an end byte first", bytes('{', '"', 0x80, '"', ':', '1', '}')),
                Arguments.of("half a character", bytes('{', '"', 0xc3, '"', ':', '1', '}')),
                Arguments.of("overlong NUL", bytes('{', '"', 0xc0, 0x80, '"', ':', '1', '}')),
                Arguments.of("overlong /", bytes('{', '"', 0xe0, 0x80, 0xaf, '"', ':', '1', '}')),
                Arguments.of("surrogate", bytes('{', '"', 0xed, 0xa0, 0x80, '"', ':', '1', '}')),
                Arguments.of("behind the end", bytes('{', '}', 0xc3)),
                Arguments.of(
                        "above U+10FFFF",
                        bytes('{', '"', 0xf4, 0x90, 0x80, 0x80, '"', ':', '1', '}')));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource
    void invalidUtf8(String what, byte[] json) {
        assertThat(undecodable(json).text()).as(what).contains("UTF-8");
    }

    @Test
    void textMayHoldAnyCharacter() {
        String text = "é 漢 😀 \\ \" \u0000 \u001f \u2028 \u007f";
        ConfigObject written = read(new JsonText().put("text", text).toString());

        assertThat(written.text("text")).contains(text);
        assertThat(read(written.toJson()).text("text")).contains(text);
    }

    @ParameterizedTest
    @CsvSource({"0, true", "10, true", "999, true", "1000, false", "100000, false"})
    void deepNestingIsLimited(int depth, boolean readable) {
        for (List<String> pair : List.of(List.of("[", "]"), List.of("{\"a\":", "}"))) {
            String json =
                    "{\"x\":" + pair.get(0).repeat(depth) + "1" + pair.get(1).repeat(depth) + "}";
            if (readable) {
                assertThat(read(json).toJson()).isEqualTo(json);
            } else {
                undecodable(json.getBytes(UTF_8));
            }
        }
    }

    @Test
    void endlessOpeningBracketsAreUndecodable() {
        undecodable("{\"a\":[".repeat(100_000).getBytes(UTF_8));
    }

    @Test
    void tenMegabytesAreRead() {
        String json = "{\"name\":\"n\",\"args\":{\"x\":\"" + "y".repeat(10_000_000) + "\"}}";

        assertThat(read(json).object("args").orElseThrow().text("x").orElseThrow())
                .hasSize(10_000_000);
        assertThat(read(json).text("name")).contains("n");
    }

    @Test
    void aMillionKeysAreRead() {
        StringBuilder json = new StringBuilder("{");
        for (int i = 0; i < 1_000_000; i++) {
            json.append("\"k").append(i).append("\":").append(i).append(',');
        }
        assertThat(read(json.append("\"k7\":1}").toString()).integer("K999999", 0))
                .isEqualTo(999_999);
    }

    @Test
    void keysMatchWithoutRegardToCase() {
        ConfigObject json = read("{\"HostPort\":80,\"ISGATEWAY\":true,\"Mtu\":1400}");

        assertThat(json.integer("hostPort", 0)).isEqualTo(80);
        assertThat(json.flag("isGateway")).isTrue();
        assertThat(json.has("mtu")).isTrue();
        assertThat(json.mentions("mTU")).isTrue();
        assertThat(json.keys()).containsExactly("HostPort", "ISGATEWAY", "Mtu");
    }

    @Test
    void exactSpellingWinsWhereverItStands() {
        assertThat(read("{\"mtu\":1,\"MTU\":2}").integer("mtu", 0)).isEqualTo(1);
        assertThat(read("{\"MTU\":2,\"mtu\":1}").integer("mtu", 0)).isEqualTo(1);
    }

    @Test
    void lastOfTwoEqualKeysCounts() {
        assertThat(read("{\"mtu\":1,\"mtu\":2}").integer("mtu", 0)).isEqualTo(2);
        assertThat(read("{\"MTU\":1,\"Mtu\":2}").integer("mtu", 0)).isEqualTo(2);
    }

    @Test
    void nullAndEmptyTextAreNotGiven() {
        ConfigObject json =
                read("{\"t\":null,\"e\":\"\",\"i\":null,\"f\":null,\"o\":null,\"l\":null}");

        assertThat(json.text("t")).isEmpty();
        assertThat(json.text("e")).isEmpty();
        assertThat(json.text("e", "otherwise")).isEqualTo("otherwise");
        assertThat(json.integer("i", 7)).isEqualTo(7);
        assertThat(json.integerOrNull("i")).isNull();
        assertThat(json.unsignedLong("i", 7)).isEqualTo(7);
        assertThat(json.flag("f", true)).isTrue();
        assertThat(json.object("o")).isEmpty();
        assertThat(json.objects("l")).isEmpty();
        assertThat(json.objectLists("l")).isEmpty();
        assertThat(json.texts("l")).isEmpty();
        assertThat(json.has("t")).isFalse();
        assertThat(json.mentions("t")).isTrue();
        assertThat(json.mentions("missing")).isFalse();
    }

    static Stream<Arguments> wrongTypes() {
        return Stream.of(
                wrong("{\"a\":1}", "a", o -> o.text("a")),
                wrong("{\"a\":{}}", "a", o -> o.text("a")),
                wrong("{\"a\":\"true\"}", "a", o -> o.flag("a")),
                wrong("{\"a\":1}", "a", o -> o.flag("a")),
                wrong("{\"a\":\"1400\"}", "a", o -> o.integer("a", 0)),
                wrong("{\"a\":true}", "a", o -> o.integerOrNull("a")),
                wrong("{\"a\":\"1400\"}", "a", o -> o.unsignedLong("a", 0)),
                wrong("{\"a\":-1}", "a", o -> o.unsignedLong("a", 0)),
                wrong("{\"a\":[]}", "a", o -> o.object("a")),
                wrong("{\"a\":{}}", "a", o -> o.objects("a")),
                wrong("{\"a\":\"x\"}", "a", o -> o.texts("a")),
                wrong("{\"a\":[{},1]}", "a[1]", o -> o.objects("a")),
                wrong("{\"a\":[null]}", "a[0]", o -> o.objects("a")),
                wrong("{\"a\":[\"x\",2]}", "a[1]", o -> o.texts("a")),
                wrong("{\"a\":[null]}", "a[0]", o -> o.texts("a")),
                wrong("{\"a\":[{}]}", "a[0]", o -> o.objectLists("a")),
                wrong("{\"a\":[[{}],[{},7]]}", "a[1][1]", o -> o.objectLists("a")),
                wrong(
                        "{\"a\":{\"b\":[[{},{\"c\":1}]]}}",
                        "a.b[0][1].c",
                        o -> o.object("a").orElseThrow().objectLists("b").get(0).get(1).text("c")));
    }

    private static Arguments wrong(String json, String path, Function<ConfigObject, Object> read) {
        return Arguments.of(json, path, read);
    }

    @ParameterizedTest(name = "{0}: {1}")
    @MethodSource("wrongTypes")
    void wrongTypeIsToldWithItsPath(
            String json, String path, Function<ConfigObject, Object> reading) {
        CniException refused = Failures.of(() -> reading.apply(read(json)));

        assertThat(refused.code()).isEqualTo(6);
        assertThat(refused.text()).contains(" " + path + " must be ");
    }

    @ParameterizedTest
    @CsvSource({
        "0, 0",
        "-0, 0",
        "1400, 1400",
        "1400.0, 1400",
        "1e3, 1000",
        "1.4E+3, 1400",
        "12e-1, ",
        "1400.5, ",
        "1400.00000000000000000000001, ",
        "1e-400, ",
        "2147483647, 2147483647",
        "-2147483648, -2147483648",
        "2147483648, ",
        "-2147483649, ",
        "9007199254740992, ",
        "9007199254740993, ",
        "1e10, ",
        "123456789012345678901234567890, ",
        "1e999999999, ",
        "-1e999999999, ",
        "1e-999999999, ",
        "1e2147483647, ",
        "1e-2147483647, ",
        "0e999999999, 0"
    })
    void wholeNumbersFitAnIntExactly(String number, Integer expected) {
        ConfigObject json = read("{\"a\":" + number + "}");
        if (expected != null) {
            assertThat(json.integer("a", -7)).isEqualTo(expected);
            return;
        }
        CniException refused = Failures.of(() -> json.integer("a", -7));
        assertThat(refused.code()).isEqualTo(6);
        assertThat(refused.text()).contains("a must be a whole number");
    }

    @ParameterizedTest
    @CsvSource({
        "0, 0",
        "-0, 0",
        "8000000, 8000000",
        "8e6, 8000000",
        "8000000.0, 8000000",
        "80000000e-1, 8000000",
        "4294967295, 4294967295",
        "4294967296, 4294967296",
        "9223372036854775807, 9223372036854775807",
        "9223372036854775808, 9223372036854775808",
        "18446744073709551615, 18446744073709551615",
        "1.8446744073709551615e19, 18446744073709551615",
        "18446744073709551616, ",
        "99999999999999999999, ",
        "123456789012345678901234567890, ",
        "-1, ",
        "-9223372036854775809, ",
        "0.5, ",
        "1400.5, ",
        "1400.00000000000000000000001, ",
        "12e-1, ",
        "1e20, ",
        "1e-400, ",
        "1e999999999, ",
        "-1e999999999, ",
        "1e-999999999, ",
        "1e2147483647, ",
        "1e-2147483647, ",
        "0e999999999, 0"
    })
    void unsignedNumbersFit64BitsExactly(String number, String expected) {
        ConfigObject json = read("{\"a\":" + number + "}");
        if (expected != null) {
            assertThat(Long.toUnsignedString(json.unsignedLong("A", 7))).isEqualTo(expected);
            return;
        }
        CniException refused = Failures.of(() -> json.unsignedLong("a", 7));
        assertThat(refused.code()).isEqualTo(6);
        assertThat(refused.text()).contains("a must be a whole number");
    }

    @ParameterizedTest
    @ValueSource(strings = {"1e99999999999", "-1e-99999999999", "1.5E+123456789012345678901"})
    void exponentBeyondAllMeasureIsUndecodable(String number) {
        undecodable(("{\"a\":" + number + "}").getBytes(UTF_8));
    }

    @Test
    void numberOfManyDigitsIsUndecodable() {
        undecodable(("{\"a\":" + "9".repeat(100_000) + "}").getBytes(UTF_8));
        undecodable(("{\"a\":0." + "9".repeat(100_000) + "}").getBytes(UTF_8));
    }

    @Test
    void numbersNobodyReadsDoNoHarm() {
        ConfigObject json = read("{\"a\":1e999999999,\"b\":12345678901234567890,\"name\":\"n\"}");

        assertThat(json.text("name")).contains("n");
        assertThat(json.toJson()).hasSizeLessThan(100);
    }

    @Test
    void invalidValueIsShownWithItsPath() {
        ConfigObject json = read("{\"ipam\":{\"vlan\":5000}}").object("ipam").orElseThrow();

        CniException invalid = json.invalid("vlan", "must be at most 4094");
        assertThat(invalid.code()).isEqualTo(7);
        assertThat(invalid.text()).isEqualTo("ipam.vlan 5000: must be at most 4094");
        assertThat(json.invalid("mode", "is missing").text()).isEqualTo("ipam.mode: is missing");
    }

    @Test
    void longValueIsShortenedInMessages() {
        ConfigObject json = read("{\"a\":\"" + "x".repeat(1_000_000) + "\"}");

        assertThat(json.invalid("a", "is too long").text()).hasSizeLessThan(120);
        assertThat(Failures.of(() -> json.flag("a")).text()).hasSizeLessThan(200);
    }

    @Test
    void jsonTextKeepsTheOrderOfItsKeys() {
        assertThat(
                        new JsonText()
                                .put("z", "1")
                                .put("a", 2L)
                                .put("m", true)
                                .put("map", Map.of("k", "v\n"))
                                .toString())
                .isEqualTo("{\"z\":\"1\",\"a\":2,\"m\":true,\"map\":{\"k\":\"v\\n\"}}");
    }
}
