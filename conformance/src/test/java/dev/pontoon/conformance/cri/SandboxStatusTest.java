package dev.pontoon.conformance.cri;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

/** With messages as containerd writes them: fields that have their default are left out. */
class SandboxStatusTest {

    private static final String INFO =
            """
            {"pid":7,"runtimeSpec":{"linux":{"namespaces":[
              {"type":"pid"},{"type":"network","path":"/var/run/netns/cni-1"}]}}}
            """;

    private static Protobuf info(String key, String value) {
        return new Protobuf().text(1, key).text(2, value);
    }

    @Test
    void aReadyPodHasAddressesAndANamespace() {
        Protobuf network =
                new Protobuf()
                        .text(1, "10.1.0.2")
                        .message(2, new Protobuf().text(1, "fd00::2"))
                        .message(2, new Protobuf().text(1, "10.1.0.3"));
        Protobuf status =
                new Protobuf().text(1, "id").number(4, 300).message(5, network).text(8, "default");
        byte[] answer =
                new Protobuf()
                        .message(1, status)
                        .message(2, info("more", "none of it is JSON"))
                        .message(2, info("info", INFO))
                        .toByteArray();

        assertThat(SandboxStatus.of(answer))
                .isEqualTo(
                        new SandboxStatus(
                                true,
                                List.of("10.1.0.2", "fd00::2", "10.1.0.3"),
                                "/var/run/netns/cni-1"));
    }

    @Test
    void aStoppedPodHasNone() {
        Protobuf status = new Protobuf().number(3, 1).message(5, new Protobuf().text(1, ""));

        assertThat(SandboxStatus.of(new Protobuf().message(1, status).toByteArray()))
                .isEqualTo(new SandboxStatus(false, List.of(), ""));
    }

    @Test
    void aListTellsNameAndState() {
        Protobuf metadata = new Protobuf().text(1, "web").text(2, "uid-web");
        Protobuf pod = new Protobuf().text(1, "id").message(2, metadata);

        assertThat(Sandbox.of(pod.toByteArray())).isEqualTo(new Sandbox("id", "web", true));
        assertThat(Sandbox.of(pod.number(3, 1).toByteArray()).ready()).isFalse();
    }
}
