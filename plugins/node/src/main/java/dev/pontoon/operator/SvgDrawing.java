package dev.pontoon.operator;

import java.util.List;

/**
 * The wiring as a picture for people: SVG that stands by itself, follows the reader's choice of
 * light or dark, uses whatever fonts there are, and says in words what it shows.
 */
final class SvgDrawing {
    private static final int MARGIN = 16;
    private static final int LINE = 18;
    private static final int PADDING = 12;
    private static final int GAP = 14;
    private static final double CHARACTER = 7.4;
    private static final double BOLD_CHARACTER = 8.2;
    private static final int HOST_TITLE = 30;

    private static final String STYLE =
            """
            <style>
            svg { color-scheme: light dark; font: 12px ui-monospace, monospace; }
            .page { fill: #ffffff; } .host { fill: #f2f5f9; stroke: #8794a8; }
            .hub { fill: #dbe9ff; stroke: #3667b0; } .box { fill: #ddf3e4; stroke: #2f7d4f; }
            .gone { fill: #fbe3e1; stroke: #b3433b; stroke-dasharray: 5 4; }
            .wire { fill: none; stroke: #3667b0; stroke-width: 2; }
            .wire.cut { stroke: #b3433b; stroke-dasharray: 5 4; }
            text { fill: #1c2430; } .title { font-weight: bold; font-family: system-ui, sans-serif; font-size: 13px; }
            .label { fill: #4a5668; }
            @media (prefers-color-scheme: dark) {
            .page { fill: #12161c; } .host { fill: #1b212b; stroke: #66748a; }
            .hub { fill: #1d3354; stroke: #79a7ee; } .box { fill: #173a27; stroke: #69bd8b; }
            .gone { fill: #46201e; stroke: #e58a83; }
            .wire { stroke: #79a7ee; } .wire.cut { stroke: #e58a83; }
            text { fill: #e6ebf2; } .label { fill: #aab6c8; }
            }
            </style>
            """;

    private final Wiring wiring;
    private final StringBuilder svg = new StringBuilder();
    private final int hubWidth;
    private final int linkWidth;
    private final int ifnameWidth;
    private final int boxWidth;

    private SvgDrawing(Wiring wiring) {
        this.wiring = wiring;
        int hub = 0;
        int link = 0;
        int ifname = 0;
        int box = 0;
        for (Wiring.Hub each : wiring.hubs()) {
            hub = Math.max(hub, widest(TerminalDrawing.title(each), each.facts()));
            for (Wiring.Wire wire : each.wires()) {
                link = Math.max(link, width(wire.hostLink()));
                ifname = Math.max(ifname, width(wire.attachment().ifname()));
                box = Math.max(box, widest(TerminalDrawing.title(wire), wire.facts()));
            }
        }
        this.hubWidth = hub + 2 * PADDING;
        this.linkWidth = link + 3 * PADDING;
        this.ifnameWidth = ifname + 4 * PADDING;
        this.boxWidth = box + 2 * PADDING;
    }

    static String of(Wiring wiring) {
        return new SvgDrawing(wiring).draw();
    }

    private static int width(String text) {
        return (int) Math.ceil(text.length() * CHARACTER);
    }

    private static int widest(String title, List<String> facts) {
        int widest = (int) Math.ceil(title.length() * BOLD_CHARACTER);
        for (String each : facts) {
            widest = Math.max(widest, width(each));
        }
        return widest;
    }

    private int hostRight() {
        return MARGIN + GAP + hubWidth + linkWidth;
    }

    private int boxLeft() {
        return hostRight() + ifnameWidth;
    }

    private String draw() {
        int inside = 0;
        for (Wiring.Hub hub : wiring.hubs()) {
            inside += height(hub) + GAP;
        }
        int hostHeight = HOST_TITLE + inside;
        int width = boxLeft() + boxWidth + MARGIN;
        int height = hostHeight + 2 * MARGIN;
        svg.append("<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 ")
                .append(width)
                .append(' ')
                .append(height)
                .append("\" width=\"")
                .append(width)
                .append("\" height=\"")
                .append(height)
                .append("\" role=\"img\" aria-labelledby=\"title desc\">\n")
                .append("<title id=\"title\">How the containers of this node are wired</title>\n")
                .append("<desc id=\"desc\">")
                .append(escaped(words()))
                .append("</desc>\n")
                .append(STYLE);
        rectangle("page", 0, 0, width, height, 0);
        rectangle("host", MARGIN, MARGIN, hostRight() - MARGIN, hostHeight, 10);
        text("title", MARGIN + PADDING, MARGIN + 20, "host");
        int top = MARGIN + HOST_TITLE;
        for (Wiring.Hub hub : wiring.hubs()) {
            draw(hub, top);
            top += height(hub) + GAP;
        }
        return svg.append("</svg>\n").toString();
    }

    /** The picture in words, for who cannot see it. */
    private String words() {
        StringBuilder words = new StringBuilder();
        for (Wiring.Hub hub : wiring.hubs()) {
            for (Wiring.Wire wire : hub.wires()) {
                words.append(words.isEmpty() ? "" : " ")
                        .append(wire.attachment().ifname())
                        .append(" of ")
                        .append(TerminalDrawing.title(wire))
                        .append(wire.gone() ? " was at " : " is at ")
                        .append(TerminalDrawing.title(hub))
                        .append(wire.hostLink().isEmpty() ? "" : " by " + wire.hostLink())
                        .append(": ")
                        .append(String.join(", ", wire.facts()))
                        .append('.');
            }
        }
        return words.toString();
    }

    private static int height(List<String> facts) {
        return PADDING + (1 + facts.size()) * LINE + PADDING / 2;
    }

    private static int height(Wiring.Hub hub) {
        int boxes = -GAP;
        for (Wiring.Wire wire : hub.wires()) {
            boxes += height(wire.facts()) + GAP;
        }
        return Math.max(boxes, height(hub.facts()));
    }

    private void draw(Wiring.Hub hub, int top) {
        int left = MARGIN + GAP;
        rectangle(hub.present() ? "hub" : "gone", left, top, hubWidth, height(hub), 6);
        lines(left, top, TerminalDrawing.title(hub), hub.facts());
        int boxTop = top;
        for (Wiring.Wire wire : hub.wires()) {
            draw(wire, left + hubWidth, boxTop);
            boxTop += height(wire.facts()) + GAP;
        }
    }

    private void draw(Wiring.Wire wire, int from, int top) {
        int y = top + PADDING + LINE;
        boolean whole = !wire.gone() && wire.hostLinkPresent();
        svg.append("<path class=\"wire")
                .append(whole ? "" : " cut")
                .append("\" d=\"M%d %dH%d\"/>%n".formatted(from, y, boxLeft()));
        text("label", from + PADDING, y - 6, wire.hostLink());
        text("label", hostRight() + 2 * PADDING, y - 6, wire.attachment().ifname());
        String kind = wire.gone() ? "gone" : "box";
        rectangle(kind, boxLeft(), top, boxWidth, height(wire.facts()), 6);
        lines(boxLeft(), top, TerminalDrawing.title(wire), wire.facts());
    }

    private void lines(int left, int top, String title, List<String> facts) {
        int y = top + PADDING + LINE / 2;
        text("title", left + PADDING, y, title);
        for (String each : facts) {
            y += LINE;
            text("", left + PADDING, y, each);
        }
    }

    private void rectangle(String kind, int x, int y, int width, int height, int round) {
        svg.append(
                "<rect class=\"%s\" x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\" rx=\"%d\"/>%n"
                        .formatted(kind, x, y, width, height, round));
    }

    private void text(String kind, int x, int y, String text) {
        if (!text.isEmpty()) {
            svg.append("<text")
                    .append(kind.isEmpty() ? "" : " class=\"" + kind + "\"")
                    .append(" x=\"%d\" y=\"%d\">".formatted(x, y))
                    .append(escaped(text))
                    .append("</text>\n");
        }
    }

    private static String escaped(String text) {
        return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;");
    }
}
