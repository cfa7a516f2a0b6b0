package dev.pontoon.doctor;

/** Words of a shell's command. */
final class Shell {
    private Shell() {}

    /** The word, in quotes if the shell would not take it as it stands. */
    static String word(String text) {
        return text.matches("[A-Za-z0-9_./:=,@%+-]+") ? text : quoted(text);
    }

    static String quoted(String text) {
        return "'" + text.replace("'", "'\\''") + "'";
    }

    /** The command that writes {@code to} in place of {@code from}, literally, in a file. */
    static String replace(String from, String to, Object file) {
        String pattern = from.replaceAll("[\\\\.*\\[\\]^$|]", "\\\\$0");
        return edit(pattern, to.replaceAll("[\\\\&|]", "\\\\$0"), file);
    }

    /** The command that edits a file; pattern and text as sed reads them between bars. */
    static String edit(String pattern, String text, Object file) {
        return "sed -i " + quoted("s|" + pattern + "|" + text + "|") + " " + word(file.toString());
    }
}
