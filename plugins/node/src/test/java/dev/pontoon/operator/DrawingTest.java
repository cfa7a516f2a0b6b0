package dev.pontoon.operator;

import static org.assertj.core.api.Assertions.assertThat;

import dev.pontoon.protocol.Attachment;
import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Test;
import org.w3c.dom.Document;

/** Both pictures of one wiring. */
final class DrawingTest {
    private static final Wiring WIRING =
            new Wiring(
                    List.of(
                            new Wiring.Hub(
                                    "cni0",
                                    "bridge",
                                    List.of("10.1.0.1/24", "mtu 1500"),
                                    true,
                                    List.of(
                                            wire("veth1", "a", List.of("10.1.0.2/24"), false),
                                            wire("veth2", "b", List.of("gone: <none>"), true))),
                            new Wiring.Hub(
                                    "veth3",
                                    "link",
                                    List.of("10.2.0.1/32"),
                                    true,
                                    List.of(wire("", "c", List.of("10.2.0.2/24"), false)))));

    private static Wiring.Wire wire(String link, String id, List<String> facts, boolean gone) {
        return new Wiring.Wire(link, !gone, new Attachment("n1", id, "eth0"), facts, gone);
    }

    @Test
    void terminalShowsBoxesAndWires() {
        assertThat(TerminalDrawing.of(WIRING))
                .isEqualTo(
                        """
                        ┌ host ───────────────────────────┐
                        │ ┌ cni0, bridge ─┐               │         ┌ a in n1 ─────┐
                        │ │ 10.1.0.1/24   ├─ veth1 ───────┼─ eth0 ──┤ 10.1.0.2/24  │
                        │ │ mtu 1500      │               │         └──────────────┘
                        │ │               │               │         ┌ b in n1 ╌╌╌╌╌┐
                        │ │               ├╌ veth2 gone ╌╌┼╌ eth0 ╌╌┤ gone: <none> ╎
                        │ └───────────────┘               │         └╌╌╌╌╌╌╌╌╌╌╌╌╌╌┘
                        │ ┌ veth3, link ──┐               │         ┌ c in n1 ─────┐
                        │ │ 10.2.0.1/32   ├───────────────┼─ eth0 ──┤ 10.2.0.2/24  │
                        │ └───────────────┘               │         └──────────────┘
                        └─────────────────────────────────┘
                        """);
    }

    @Test
    void svgIsWellFormedAndSaysInWordsWhatItShows() throws Exception {
        String svg = SvgDrawing.of(WIRING);

        Document document =
                DocumentBuilderFactory.newInstance()
                        .newDocumentBuilder()
                        .parse(new ByteArrayInputStream(svg.getBytes(StandardCharsets.UTF_8)));
        assertThat(document.getElementsByTagName("title").item(0).getTextContent()).isNotBlank();
        assertThat(document.getElementsByTagName("desc").item(0).getTextContent())
                .contains("eth0 of a in n1 is at cni0, bridge by veth1: 10.1.0.2/24.")
                .contains("eth0 of b in n1 was at cni0");
        assertThat(svg)
                .contains("prefers-color-scheme: dark", "class=\"wire cut\"", "class=\"gone\"");
    }

    @Test
    void longIdOfARuntimeIsCut() {
        String hash = "0123456789abcdef".repeat(4);

        assertThat(TerminalDrawing.title(wire("", hash, List.of(), false)))
                .isEqualTo("0123456789ab in n1");
        assertThat(TerminalDrawing.title(wire("", "a-name-that-is-long", List.of(), false)))
                .isEqualTo("a-name-that-is-long in n1");
    }
}
