package dev.pontoon.conformance.report;

import dev.pontoon.conformance.namespace.NamespaceBuilder.Shape;
import java.util.ArrayList;
import java.util.List;

/**
 * How one builder's namespaces come to be, as SVG: who makes the namespace, what keeps it, whose it
 * is; below that a line of time with what happens when.
 */
final class Drawing {

    private static final int LINE = 13;

    private final Html svg = new Html();

    private Drawing() {}

    static String of(String title, Shape shape) {
        var drawing = new Drawing();
        drawing.svg
                .raw("<svg class=shape viewBox=\"0 0 420 216\" role=img aria-label=\"")
                .text(words(title, shape))
                .raw("\">");
        drawing.parties(shape);
        drawing.time(shape);
        return drawing.svg.raw("</svg>").toString();
    }

    private static String words(String title, Shape shape) {
        return "%s: made by %s; kept by %s; CNI_NETNS is %s; ADD comes %s; DEL finds %s; owned by %s user namespace"
                .formatted(
                        title,
                        shape.maker(),
                        shape.pin(),
                        shape.path(),
                        shape.moment(),
                        shape.atDel(),
                        shape.owner());
    }

    private void parties(Shape shape) {
        box(2, "makes it", shape.maker());
        box(298, "keeps it", shape.pin());
        svg.raw("<rect class=user x=150 y=8 width=120 height=92 rx=10 />");
        svg.raw("<rect class=ns x=160 y=30 width=100 height=44 rx=6 />");
        text(210, 22, "label", "middle", shape.owner() + " user ns", 22);
        text(210, 50, "strong", "middle", "network namespace", 11);
        arrow(122, 148 + 10);
        arrow(298, 272 - 10);
        svg.raw("<rect class=path x=2 y=108 width=416 height=20 rx=4 />");
        text(10, 122, "mono", "start", "CNI_NETNS=" + shape.path(), 64);
    }

    private void box(int x, String label, String what) {
        svg.raw("<rect class=box x=" + x + " y=8 width=120 height=92 rx=6 />");
        text(x + 60, 24, "label", "middle", label, 18);
        text(x + 60, 46, "", "middle", what, 18);
    }

    private void arrow(int from, int to) {
        int back = from < to ? -6 : 6;
        svg.raw(
                "<path class=line d=\"M%d 52H%dm%d -4l%d 4l%d 4\"/>"
                        .formatted(from, to, back, -back, back));
    }

    private void time(Shape shape) {
        svg.raw("<path class=line d=\"M10 152H408m-6 -4l6 4l-6 4\"/>");
        moment(24, "made", "", 18);
        moment(142, "ADD", shape.moment(), 24);
        moment(318, "DEL", "finds " + shape.atDel(), 28);
    }

    private void moment(int x, String name, String words, int width) {
        svg.raw("<circle class=dot cx=" + x + " cy=152 r=5 />");
        text(x, 172, "strong", "middle", name, 20);
        if (!words.isEmpty()) {
            text(x, 172 + LINE, "", "middle", words, width);
        }
    }

    private void text(int x, int y, String kind, String anchor, String words, int width) {
        svg.raw("<text class=\"" + kind + "\" text-anchor=" + anchor + " y=" + y + ">");
        int down = 0;
        for (String line : wrapped(words, width)) {
            svg.raw("<tspan x=" + x + " dy=" + down + ">").text(line).raw("</tspan>");
            down = LINE;
        }
        svg.raw("</text>");
    }

    /**
     * Lines of at most that many characters, broken at spaces where there are any; at most four.
     */
    static List<String> wrapped(String words, int width) {
        List<String> lines = new ArrayList<>();
        String line = "";
        for (String word : words.split(" ")) {
            if (!line.isEmpty() && line.length() + 1 + word.length() > width) {
                lines.add(line);
                line = "";
            }
            line = line.isEmpty() ? word : line + " " + word;
            while (line.length() > width) {
                lines.add(line.substring(0, width));
                line = line.substring(width);
            }
        }
        lines.add(line);
        if (lines.size() <= 4) {
            return lines;
        }
        List<String> first = new ArrayList<>(lines.subList(0, 4));
        first.set(3, first.get(3) + " …");
        return first;
    }
}
