package dev.pontoon.protocol;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class NetworkConfigTest {
    private static NetworkConfig read(String json) {
        return NetworkConfig.read(json.getBytes(UTF_8));
    }

    /** A configuration of the newest version with these keys. */
    private static NetworkConfig with(String keys) {
        return read("{\"cniVersion\":\"1.1.0\",\"name\":\"net\"," + keys + "}");
    }

    private static CniException refused(String json) {
        return Failures.of(() -> read(json));
    }

    @Test
    void documentStaysByteForByte() {
        byte[] document = " { \"name\" : \"n\",\n\"é\":1e2 }\n".getBytes(UTF_8);
        NetworkConfig config = NetworkConfig.read(document);

        assertThat(config.document()).isEqualTo(document);
        config.document()[0] = 'x';
        assertThat(config.document()).isEqualTo(document);
    }

    @ParameterizedTest
    @EnumSource(CniVersion.class)
    void everyVersionIsKnownByItsExactText(CniVersion version) {
        assertThat(read("{\"cniVersion\":\"" + version.text() + "\",\"name\":\"n\"}").version())
                .isEqualTo(version);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"name\":\"n\"}",
                "{\"name\":\"n\",\"cniVersion\":\"\"}",
                "{\"name\":\"n\",\"cniVersion\":null}"
            })
    void missingVersionIsTheOldest(String json) {
        assertThat(read(json).version()).isEqualTo(CniVersion.V0_1_0);
    }

    @ParameterizedTest
    @ValueSource(strings = {"9.9.9", "0.3.2", "1.0", "abc", "1.1.0 ", "v1.0.0", "01.0.0", "1.2.0"})
    void unknownVersionIsIncompatible(String version) {
        CniException refused = refused("{\"cniVersion\":\"" + version + "\",\"name\":\"n\"}");

        assertThat(refused.code()).isEqualTo(1);
        assertThat(refused.text()).contains(version);
    }

    @ParameterizedTest
    @ValueSource(strings = {"1", "1.0", "true", "{}", "[\"1.0.0\"]"})
    void versionThatIsNoTextIsUndecodable(String version) {
        assertThat(refused("{\"cniVersion\":" + version + ",\"name\":\"n\"}").code()).isEqualTo(6);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "a/b", "te%st", "../x", "_x", ".", "-", "a b", "é", "a\\n", "a:b"})
    void malformedNameIsInvalid(String name) {
        assertThat(refused("{\"name\":\"" + name + "\"}").code()).isEqualTo(7);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {"{}|7", "{\"name\":null}|7", "null|6", "[]|6", "''|6", "{\"name\":5}|6"})
    void documentWithoutNameIsRefused(String json, int code) {
        assertThat(refused(json).code()).isEqualTo(code);
    }

    @Test
    void unknownAndForeignKeysDoNoHarm() {
        NetworkConfig config =
                with(
                        "\"capabilities\":{\"x\":true},\"cni.dev/x\":[1],\"disableCheck\":\"true\","
                                + "\"args\":{\"cni\":{\"ips\":[\"10.0.0.1\"],\"deep\":[[[{}]]]},\"k\":7}");

        assertThat(config.cniArgs().texts("ips")).containsExactly("10.0.0.1");
        assertThat(config.runtimeConfig().keys()).isEmpty();
        assertThat(config.prevResult()).isEmpty();
        assertThat(config.dns()).isEmpty();
        assertThat(config.ipam()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "\"ipam\":{}",
                "\"ipam\":null",
                "\"ipam\":{\"type\":\"\"}",
                "\"ipam\":{\"type\":null,\"subnet\":\"x\"}"
            })
    void ipamWithoutTypeIsNone(String keys) {
        assertThat(with(keys).ipam()).isEmpty();
    }

    @Test
    void ipamIsGivenWithItsPath() {
        ConfigObject ipam = with("\"ipam\":{\"type\":\"host-local\",\"x\":1}").ipam().orElseThrow();

        assertThat(ipam.text("type")).contains("host-local");
        assertThat(ipam.pathOf("x")).isEqualTo("ipam.x");
    }

    @Test
    void argsAndRuntimeConfigMayBeNull() {
        assertThat(with("\"args\":null").cniArgs().keys()).isEmpty();
        assertThat(with("\"args\":{\"cni\":null}").cniArgs().keys()).isEmpty();
        assertThat(with("\"runtimeConfig\":null").runtimeConfig().keys()).isEmpty();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{\"domain\":\"d\"}|true",
                "{\"nameservers\":[\"1.1.1.1\"]}|true",
                "{\"search\":[]}|true",
                "{\"options\":[\"o\"]}|true",
                "{}|false",
                "null|false",
                "{\"domain\":\"\"}|false",
                "{\"nameservers\":null}|false",
                "{\"other\":1}|false"
            })
    void dnsCountsOnceItGivesSomething(String dns, boolean given) {
        assertThat(with("\"dns\":" + dns).dns().isPresent()).isEqualTo(given);
    }

    @ParameterizedTest
    @ValueSource(strings = {"\"x\":1", "\"prevResult\":null"})
    void missingPrevResultIsNone(String keys) {
        assertThat(with(keys).prevResult()).isEmpty();
        assertThat(with(keys).readablePrevResult()).isEmpty();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "\"text\"|6",
                "[]|6",
                "{\"ips\":\"10.0.0.1/24\"}|6",
                "{\"ips\":[\"10.0.0.1/24\"]}|6",
                "{\"ips\":[{\"address\":\"10.0.0.1\"}]}|7",
                "{\"ips\":[{}]}|7",
                "{\"ips\":[{\"address\":\"10.0.0.1/24\",\"gateway\":\"x\"}]}|7",
                "{\"routes\":[{\"dst\":\"default\"}]}|7",
                "{\"interfaces\":{}}|6",
                "{\"ips\":[{\"address\":\"10.0.0.1/24\",\"interface\":\"0\"}]}|6",
                "{\"cniVersion\":\"9.9.9\"}|1",
                "{\"cniVersion\":1}|6"
            })
    void unreadablePrevResultIsRefusedButKeepsNothingFromBeingRemoved(String result, int code) {
        NetworkConfig config = with("\"prevResult\":" + result);

        assertThat(Failures.of(config::prevResult).code()).isEqualTo(code);
        assertThat(config.readablePrevResult()).isEmpty();
    }

    private static Optional<List<Attachment>> valid(String keys) {
        return with(keys).validAttachments();
    }

    @Test
    void attachmentsToKeepAreListed() {
        String list =
                "\"cni.dev/valid-attachments\":[{\"containerID\":\"c1\",\"ifname\":\"eth0\"},"
                        + "{\"containerID\":\"c1\",\"ifname\":\"net1\"}]";

        assertThat(valid(list))
                .contains(
                        List.of(
                                new Attachment("net", "c1", "eth0"),
                                new Attachment("net", "c1", "net1")));
    }

    @ParameterizedTest
    @ValueSource(strings = {"null", "[]"})
    void nullAndEmptyListBothKeepNothing(String list) {
        assertThat(valid("\"cni.dev/valid-attachments\":" + list)).contains(List.of());
        assertThat(valid("\"cni.dev/attachments\":" + list)).contains(List.of());
    }

    @Test
    void missingListSaysNothing() {
        assertThat(valid("\"x\":1")).isEmpty();
    }

    @Test
    void olderKeyCountsOnlyAlone() {
        String old = "\"cni.dev/attachments\":[{\"containerID\":\"old\",\"ifname\":\"eth0\"}]";

        assertThat(valid(old).orElseThrow()).hasSize(1);
        assertThat(valid(old + ",\"cni.dev/valid-attachments\":[]")).contains(List.of());
        assertThat(valid("\"cni.dev/valid-attachments\":null," + old)).contains(List.of());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{}|6",
                "\"c1\"|6",
                "[\"c1\"]|6",
                "[null]|6",
                "[{}]|7",
                "[{\"containerID\":\"c1\"}]|7",
                "[{\"containerID\":\"c1\",\"ifname\":\"\"}]|7",
                "[{\"containerID\":1,\"ifname\":\"e\"}]|6",
                "[{\"containerID\":\"c1\",\"ifname\":\"e\"},{\"ifname\":\"e\"}]|7"
            })
    void malformedListIsRefused(String list, int code) {
        NetworkConfig config = with("\"cni.dev/valid-attachments\":" + list);

        CniException refused = Failures.of(config::validAttachments);
        assertThat(refused.code()).isEqualTo(code);
        assertThat(refused.text()).contains("cni.dev/valid-attachments");
    }
}
