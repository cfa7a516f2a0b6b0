package dev.pontoon.node;

import java.util.regex.Pattern;

/** What a document shows a command to print, and how much of that is the same the next time. */
final class ShownOutput {
    private ShownOutput() {}

    /** Without what no two runs have in common: times, ids, hardware addresses, drawn names. */
    static String masked(String text) {
        return text.replaceAll("([0-9a-f]{2}:){5}[0-9a-f]{2}", "MAC")
                .replaceAll("veth[0-9a-f]{8}", "VETH")
                .replaceAll("\\b[0-9a-f]{12,64}\\b", "ID")
                .replaceAll("\\b\\d{4}-\\d\\d-\\d\\dT[\\d:.]+Z", "TIME")
                .replaceAll("\\b\\d+(\\.\\d+)? m?s\\b", "DURATION")
                .replaceAll("process( +)\\d+", "process$1PID")
                .replaceAll("/proc/\\d+/", "/proc/PID/")
                .replaceAll("\\b40265\\d{5}\\b", "INODE")
                .replaceAll("(?m) +$", "")
                .strip();
    }

    /** Whether that is what was shown, where a line of three dots stands for any lines or none. */
    static boolean matches(String shown, String printed) {
        StringBuilder pattern = new StringBuilder();
        for (String line : shown.split("\n", -1)) {
            pattern.append(line.equals("...") ? "(.*\n)*?" : Pattern.quote(line) + "\n");
        }
        return Pattern.matches(pattern.toString(), printed + "\n");
    }
}
