package dev.pontoon.protocol;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CniArgsTest {
    private static final List<String> KNOWN = List.of("IP", "MAC");

    private static CniException refused(String text) {
        CniException refused = Failures.of(() -> CniArgs.read(text, KNOWN));
        assertThat(refused.code()).isEqualTo(4);
        assertThat(refused.text()).contains("CNI_ARGS");
        return refused;
    }

    @Test
    void noArgumentsAreNoError() {
        assertThat(CniArgs.read("", KNOWN).value("IP")).isEmpty();
    }

    @Test
    void unknownKeyIsNamed() {
        assertThat(refused("FOO=BAR").text()).contains("FOO");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "IP=10.0.0.1;FOO=BAR;IgnoreUnknown=1",
                "IgnoreUnknown=true;FOO=BAR;IP=10.0.0.1",
                "IgnoreUnknown=TRUE;IP=10.0.0.1",
                "FOO=;IgnoreUnknown=1;IP=10.0.0.1",
                "IgnoreUnknown=1;K8S_POD_NAMESPACE=n;K8S_POD_NAME=p;IP=10.0.0.1;K8S_POD_UID=u"
            })
    void unknownKeysMayBeIgnored(String text) {
        assertThat(CniArgs.read(text, KNOWN).value("IP")).contains("10.0.0.1");
    }

    @ParameterizedTest
    @ValueSource(strings = {"IgnoreUnknown=0", "IgnoreUnknown=false", "IgnoreUnknown=False"})
    void ignoringCanBeSwitchedOff(String text) {
        assertThat(CniArgs.read(text + ";IP=10.0.0.1", KNOWN).value("IP")).contains("10.0.0.1");
        refused(text + ";FOO=b");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "IgnoreUnknown=yes",
                "IgnoreUnknown=2",
                "IgnoreUnknown= 1",
                "ignoreunknown=1;FOO=b",
                "ip=10.0.0.1",
                "X",
                "A=b=c",
                "IP=10.0.0.1;",
                "IgnoreUnknown=1;",
                ";IgnoreUnknown=1",
                "IgnoreUnknown=1;X",
                "IgnoreUnknown=1;A=b=c",
                "IP=10.0.0.1;;MAC=x"
            })
    void malformedTextIsRefused(String text) {
        refused(text);
    }

    @Test
    void keyWithoutValueIsNotGiven() {
        assertThat(CniArgs.read("IP=", KNOWN).value("IP")).isEmpty();
    }

    @Test
    void lastOfTwoValuesCounts() {
        assertThat(CniArgs.read("IP=1;IP=2", KNOWN).value("IP")).contains("2");
    }

    @Test
    void removalReadsWhatItCan() {
        assertThat(CniArgs.readLeniently("FOO=b;IP=10.0.0.1").value("IP")).contains("10.0.0.1");
        assertThat(CniArgs.readLeniently("IgnoreUnknown=perhaps;IP=1").value("IP")).contains("1");
        assertThat(CniArgs.readLeniently(";;=;A=b=c").value("IP")).isEmpty();
    }
}
