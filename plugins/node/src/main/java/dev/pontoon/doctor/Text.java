package dev.pontoon.doctor;

import java.util.List;

/** Words for people. */
final class Text {
    private Text() {}

    /** "a", "a and b", "a and 3 others". */
    static String several(List<String> names) {
        return switch (names.size()) {
            case 0 -> "nothing";
            case 1 -> names.getFirst();
            case 2 -> names.getFirst() + " and " + names.getLast();
            default -> names.getFirst() + " and " + (names.size() - 1) + " others";
        };
    }

    /** "1 network", "2 networks". */
    static String count(int number, String what) {
        return number + " " + what + (number == 1 ? "" : "s");
    }
}
