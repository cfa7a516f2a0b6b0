package dev.pontoon.conformance.report;

import dev.pontoon.conformance.lab.Transcript;
import java.util.ArrayList;
import java.util.List;

/** A transcript in plain lines, for terminals and text files. */
final class TranscriptText {

    private final List<String> lines = new ArrayList<>();
    private int calls;
    private String lastStdin = "";

    private TranscriptText() {}

    static List<String> lines(Transcript transcript) {
        var text = new TranscriptText();
        transcript.steps().forEach(text::step);
        return text.lines;
    }

    private void step(Transcript.Step step) {
        switch (step) {
            case Transcript.Called called -> called(called);
            case Transcript.Noted noted -> block("- ", noted.text());
            case Transcript.Compared compared -> {
                lines.add("- compared: " + compared.what());
                if (compared.lines().isEmpty()) {
                    lines.add("    no difference");
                }
                compared.lines().forEach(line -> block("    ", Visible.beginning(line)));
            }
        }
    }

    private void called(Transcript.Called called) {
        calls++;
        lines.add("call %d: %s".formatted(calls, called.plugin()));
        called.environment().forEach((name, value) -> block("    ", name + "=" + value));
        stream("stdin:  ", called.stdin().equals(lastStdin) ? "(as before)" : called.stdin());
        lastStdin = called.stdin();
        lines.add("    exit:   " + called.exit() + ending(called) + ", " + called.millis() + " ms");
        stream("stdout: ", called.stdout());
        stream("stderr: ", called.stderr());
    }

    private static String ending(Transcript.Called called) {
        return called.ending().isEmpty() ? "" : " (" + called.ending() + ")";
    }

    private void stream(String name, String text) {
        block("    " + name, text.isEmpty() ? "(empty)" : text);
    }

    /** The first line after the head, the others below it. */
    private void block(String head, String text) {
        String indent = head;
        for (String line : text.stripTrailing().split("\n", -1)) {
            lines.add(indent + Visible.text(line));
            indent = " ".repeat(head.length());
        }
    }
}
