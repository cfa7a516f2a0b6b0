package dev.pontoon.node;

import static org.assertj.core.api.Assertions.assertThat;

import dev.pontoon.testing.Await;
import dev.pontoon.testing.Container;
import dev.pontoon.testing.Host;
import dev.pontoon.testing.Running;

/**
 * A TCP connection from outside to port 81 of a container, published at 8081, in which a first word
 * was said. Whether it lives on is seen when the second one is said.
 */
final class Conversation {
    private final Host host;
    private final Running listener;

    private Conversation(Host host, Running listener) {
        this.host = host;
        this.listener = listener;
    }

    static Conversation between(Container pod, Container outside, Host host) {
        pod.start(
                "sh",
                "-c",
                "(echo first; while ! [ -e /run/go ]; do sleep 0.1; done; echo second)"
                        + " | socat -u - TCP-LISTEN:81");
        Await.until(
                "somebody to listen at port 81",
                () -> pod.ok("ss", "-Hltn", "sport = :81"),
                listening -> !listening.isEmpty());
        Running open = outside.start("sh", "-c", "socat -u TCP:192.0.2.1:8081 - | tee /run/heard");
        Await.until(
                "the first word", () -> host.run("cat", "/run/heard").stdout(), "first\n"::equals);
        return new Conversation(host, open);
    }

    /** Says the second word, which must be heard. */
    void assertGoesOn() {
        host.write("/run/go", "");
        assertThat(listener.await().stdout()).isEqualTo("first\nsecond\n");
    }
}
