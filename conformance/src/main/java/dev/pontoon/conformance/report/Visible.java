package dev.pontoon.conformance.report;

/** Text of a plugin, made harmless for a terminal or a file: control characters become visible. */
final class Visible {

    private static final int MOST_OF_A_DIFFERENCE = 240;

    private Visible() {}

    /**
     * Keeps tabs and line ends; everything else below the space, and half surrogates, are written
     * out.
     */
    static String text(String text) {
        if (text.codePoints().allMatch(Visible::isHarmless)) {
            return text;
        }
        var visible = new StringBuilder(text.length() + 16);
        text.codePoints()
                .forEach(point -> {
                    if (isHarmless(point)) {
                        visible.appendCodePoint(point);
                    } else {
                        visible.append("\\u{%x}".formatted(point));
                    }
                });
        return visible.toString();
    }

    /**
     * What a line of a snapshot's difference begins with; the whole of it is in the JSON report.
     */
    static String beginning(String line) {
        return line.length() <= MOST_OF_A_DIFFERENCE
                ? line
                : line.substring(0, MOST_OF_A_DIFFERENCE) + " …";
    }

    /** One line of it. */
    static String line(String text) {
        return text(text.strip().replaceAll("\\s*\\R\\s*", " / "));
    }

    /** What XML 1.0 allows, less what a terminal obeys. */
    private static boolean isHarmless(int point) {
        return point == '\t'
                || point == '\n'
                || (point >= 0x20 && point < 0x7f)
                || (point >= 0xa0 && point < 0xd800)
                || (point >= 0xe000 && point < 0xfffe)
                || point >= 0x10000;
    }
}
