package dev.pontoon.operator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.pontoon.protocol.CniException;
import dev.pontoon.runtime.Documents;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The states that runc 1.1 and crun 1.8 hand to hooks. */
final class OciStateTest {
    private static OciState read(String text) {
        byte[] json = text.replace('\'', '"').getBytes(StandardCharsets.UTF_8);
        return OciState.read(Documents.readObject(json, "a state"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{'ociVersion':'1.0.2-dev','id':'c1','status':'creating','pid':7547,'bundle':'/b','annotations':{}}",
                "{'ociVersion':'1.0','id':'c1','pid':7547,'root':'rootfs','bundle':'/b','status':'created'}"
            })
    void containerBeforeItsStartHasItsNamespaceByItsProcess(String state) {
        OciState read = read(state);

        assertThat(read.isBeforeStart()).isTrue();
        assertThat(read.target(1).netns()).isEqualTo("/proc/7547/ns/net");
        assertThat(read.target(1).ifname()).isEqualTo("eth1");
        assertThat(read.target(1).containerId()).isEqualTo("c1");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{'id':'c1','status':'stopped','bundle':'/b'}",
                "{'id':'c1','pid':0,'status':'stopped'}"
            })
    void stoppedContainerHasNone(String state) {
        assertThat(read(state).isStopped()).isTrue();
        assertThat(read(state).target(0).netns()).isEmpty();
    }

    @Test
    void annotationsAreArguments() {
        OciState state =
                read(
                        "{'id':'c1','status':'creating','pid':9,'annotations':"
                                + "{'dev.pontoon.cni-args':'IP=10.1.0.9','dev.pontoon.cap-args':'{\\'mac\\':\\'02::1\\'}'}}");

        assertThat(state.target(0).args()).isEqualTo("IP=10.1.0.9");
        assertThat(state.target(0).capabilityArgs().path("mac").asText()).isEqualTo("02::1");
    }

    @ParameterizedTest
    @CsvSource({"0", "1"})
    void processOfTheContainersOwnNumberingIsRefused(int pid) {
        OciState state = read("{'id':'c1','status':'created','pid':" + pid + "}");

        assertThatThrownBy(() -> state.target(0))
                .isInstanceOf(CniException.class)
                .hasMessageContaining("c1");
    }

    @Test
    void anythingElseIsNoState() {
        assertThatThrownBy(() -> read("{'id':'c1'}")).isInstanceOf(CniException.class);
    }
}
