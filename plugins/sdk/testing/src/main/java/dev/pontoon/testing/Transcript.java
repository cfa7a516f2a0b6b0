package dev.pontoon.testing;

/** How process output is laid out in failure messages. */
final class Transcript {

    private static final int LONGEST = 20_000;

    private Transcript() {}

    static String block(String name, String text) {
        if (text.isEmpty()) {
            return name + ": (nothing)\n";
        }
        String shown =
                text.length() <= LONGEST
                        ? text
                        : text.substring(0, LONGEST) + "… (" + text.length() + " characters)";
        return name + ":\n" + shown.stripTrailing().indent(4);
    }
}
