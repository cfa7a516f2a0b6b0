package dev.pontoon.protocol;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The protocol variables, spec section 2 and the checks that libcni's skel makes. */
class EnvironmentTest {
    private static Map<String, String> complete(String command) {
        Map<String, String> variables = new HashMap<>();
        variables.put("CNI_COMMAND", command);
        variables.put("CNI_CONTAINERID", "c1");
        variables.put("CNI_NETNS", "/run/netns/x");
        variables.put("CNI_IFNAME", "eth0");
        variables.put("CNI_PATH", "/opt/cni/bin:/usr/lib/cni");
        return variables;
    }

    private static Environment with(String command, String name, String value) {
        Map<String, String> variables = complete(command);
        variables.put(name, value);
        return Environment.read(variables);
    }

    private static CniException refused(Map<String, String> variables) {
        CniException refused = Failures.of(() -> Environment.read(variables));
        assertThat(refused.code()).isEqualTo(4);
        return refused;
    }

    private static CniException refused(String command, String name, String value) {
        Map<String, String> variables = complete(command);
        variables.put(name, value);
        return refused(variables);
    }

    @ParameterizedTest
    @EnumSource(Command.class)
    void completeVariablesAreAccepted(Command command) {
        Environment environment = Environment.read(complete(command.name()));

        assertThat(environment.command()).isEqualTo(command);
        assertThat(environment.path()).containsExactly("/opt/cni/bin", "/usr/lib/cni");
        assertThat(environment.netnsOverride()).isFalse();
        assertThat(environment.args()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"FOO", "add", "Add", " ADD", "ADD ", "ADD\n", "UPDATE"})
    void unknownCommandIsRefused(String command) {
        assertThat(refused(complete(command)).text()).contains("CNI_COMMAND", command);
    }

    @Test
    void missingCommandIsNamed() {
        assertThat(refused(Map.of()).text()).contains("CNI_COMMAND");
        assertThat(refused(complete("")).text()).contains("CNI_COMMAND");
    }

    @ParameterizedTest
    @CsvSource({
        "ADD,   CNI_CONTAINERID",
        "CHECK, CNI_CONTAINERID",
        "DEL,   CNI_CONTAINERID",
        "ADD,   CNI_IFNAME",
        "CHECK, CNI_IFNAME",
        "DEL,   CNI_IFNAME",
        "ADD,   CNI_NETNS",
        "CHECK, CNI_NETNS",
        "GC,    CNI_PATH"
    })
    void requiredVariableMayBeNeitherMissingNorEmpty(String command, String name) {
        assertThat(refused(command, name, "").text()).contains(name);

        Map<String, String> variables = complete(command);
        variables.remove(name);
        assertThat(refused(variables).text()).contains(name);
    }

    @Test
    void allMissingVariablesAreListedTogether() {
        assertThat(refused(Map.of("CNI_COMMAND", "ADD")).text())
                .contains("CNI_CONTAINERID", "CNI_NETNS", "CNI_IFNAME");
    }

    @Test
    void missingAndMalformedTogetherAreRefused() {
        Map<String, String> variables = complete("ADD");
        variables.put("CNI_CONTAINERID", "a/b");
        variables.remove("CNI_NETNS");

        refused(variables);
    }

    @ParameterizedTest
    @ValueSource(strings = {"_a", ".a", "-a", "a b", "a/b", "a%b", "é", "aé", "a\n", "\na", "a:b"})
    void malformedContainerIdIsRefused(String id) {
        for (String command : List.of("ADD", "CHECK", "DEL")) {
            assertThat(refused(command, "CNI_CONTAINERID", id).text()).contains("CNI_CONTAINERID");
        }
    }

    @Test
    void containerIdMayBeShortOrLong() {
        for (String id : List.of("a", "0", "a".repeat(64), "a_.-Z9".repeat(40))) {
            assertThat(with("ADD", "CNI_CONTAINERID", id).containerId()).isEqualTo(id);
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "abcdefghijklmnop",
                "ééééééééé",
                "ééééééé12",
                ".",
                "..",
                "a/b",
                "a:b",
                "a b",
                "a\tb",
                "a\nb",
                "eth0\n",
                "a\u000bb",
                "a\u00a0b",
                "a\u0085b",
                "a\u1680b",
                "a\u2003b",
                "a\u2028b",
                "a\u202fb",
                "a\u205fb",
                "a\u3000b",
                "a\ufffdb",
                "a\ud800"
            })
    void malformedInterfaceNameIsRefused(String name) {
        for (String command : List.of("ADD", "CHECK", "DEL")) {
            assertThat(refused(command, "CNI_IFNAME", name).text()).contains("CNI_IFNAME");
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"e", "eth0.100", "abcdefghijklmno", "ééééééé1", "...", "a..b", "a-b_c@d"})
    void unusualInterfaceNameIsAccepted(String name) {
        assertThat(with("ADD", "CNI_IFNAME", name).ifname()).isEqualTo(name);
    }

    @ParameterizedTest
    @ValueSource(strings = {"GC", "STATUS", "VERSION"})
    void whatACommandDoesNotUseIsNotLookedAt(String command) {
        Map<String, String> variables = new HashMap<>();
        variables.put("CNI_COMMAND", command);
        variables.put("CNI_CONTAINERID", "!!");
        variables.put("CNI_NETNS", "");
        variables.put("CNI_IFNAME", "far too long for an interface");
        variables.put("CNI_ARGS", ";;;");
        variables.put("CNI_PATH", "dummy");

        assertThat(Environment.read(variables).command().name()).isEqualTo(command);
    }

    @ParameterizedTest
    @ValueSource(strings = {"ADD", "DEL", "CHECK", "STATUS"})
    void pathIsOptionalWhereTheSpecSaysSo(String command) {
        Map<String, String> variables = complete(command);
        variables.remove("CNI_PATH");

        assertThat(Environment.read(variables).path()).isEmpty();
    }

    @Test
    void delNeedsNoNamespace() {
        assertThat(with("DEL", "CNI_NETNS", "").netns()).isEmpty();
    }

    @Test
    void namespacePathIsKeptAsItIs() {
        assertThat(with("ADD", "CNI_NETNS", "//run/../x y").netns()).isEqualTo("//run/../x y");
    }

    @Test
    void emptyPartsOfThePathAreSkipped() {
        assertThat(with("ADD", "CNI_PATH", ":/a::/b:").path()).containsExactly("/a", "/b");
    }

    @ParameterizedTest
    @CsvSource({
        "1,true",
        "true,true",
        "TRUE,true",
        "tRue,true",
        "'',false",
        "0,false",
        "yes,false",
        "' true',false",
        "false,false"
    })
    void overrideIsOneOrTrue(String text, boolean expected) {
        assertThat(with("ADD", "CNI_NETNS_OVERRIDE", text).netnsOverride()).isEqualTo(expected);
    }

    @Test
    void allVariablesAreKeptForOtherPrograms() {
        assertThat(with("ADD", "TRACEPARENT", "00-1").variables())
                .containsEntry("TRACEPARENT", "00-1")
                .containsEntry("CNI_COMMAND", "ADD");
    }
}
