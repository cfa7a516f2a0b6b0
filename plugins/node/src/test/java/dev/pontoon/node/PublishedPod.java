package dev.pontoon.node;

import dev.pontoon.testing.Await;
import dev.pontoon.testing.Container;
import dev.pontoon.testing.Host;
import dev.pontoon.testing.Need;
import dev.pontoon.testing.Running;

/**
 * A container that is to serve at the host's port 8080, and somebody outside who asks.
 *
 * <pre>
 *   outside 192.0.2.2 ── 192.0.2.1 host :8080 ── 10.66.0.1 ── 10.66.0.2 :80 pod
 * </pre>
 */
final class PublishedPod {
    private static final String URL = "http://192.0.2.1:8080/";
    private static final String GREETING = "hello from the pod";

    private final EdgeNode node;
    private final Container pod;
    private final Container outside;

    /** It is not attached yet. */
    PublishedPod(Host host) {
        Need.tool("busybox");
        Need.tool("curl");
        Need.tool("socat");
        Need.kernel("nftables nat");
        node = EdgeNode.on(host);
        pod = host.container("pod");
        outside = node.connectOutside();
    }

    EdgeNode node() {
        return node;
    }

    Container pod() {
        return pod;
    }

    Container outside() {
        return outside;
    }

    Running serve() {
        node.host().write("/run/www/index.html", GREETING);
        return pod.start("busybox", "httpd", "-f", "-p", "80", "-h", "/run/www");
    }

    /** What the outside is answered; empty for nothing. */
    String ask() {
        return outside.run("curl", "-s", "-m", "5", URL).stdout();
    }

    void awaitAnswer() {
        Await.until("an answer from " + URL, this::ask, GREETING::equals);
    }

    Conversation converse() {
        return Conversation.between(pod, outside, node.host());
    }
}
