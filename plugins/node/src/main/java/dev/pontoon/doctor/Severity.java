package dev.pontoon.doctor;

/** How bad a finding is. */
enum Severity {
    /** Containers suffer now. */
    BROKEN("broken"),
    /** Containers will, at the next ADD, restart or full range. */
    WILL_BREAK("will break"),
    /** Nobody suffers; something is left over, or slower than it could be. */
    ADVICE("advice");

    private final String text;

    Severity(String text) {
        this.text = text;
    }

    String text() {
        return text;
    }
}
