package dev.pontoon.conformance.report;

import dev.pontoon.conformance.run.Listener;
import dev.pontoon.conformance.run.Plan;
import dev.pontoon.conformance.run.Verdict;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Tells how a run goes on: on a terminal a line that changes, elsewhere a line for each plugin on
 * each builder; what fails is told at once.
 */
public final class Progress implements Listener {

    private static final String CLEAR_LINE = "\r\u001b[K";

    private final PrintWriter out;
    private final Standard standard;
    private final boolean terminal;
    private final boolean verbose;
    private final int total;
    private final Map<String, Integer> left = new LinkedHashMap<>();
    private final Map<String, List<Mark>> marks = new LinkedHashMap<>();
    private int ended;
    private int bad;

    /**
     * @param terminal whether {@code out} is one
     * @param verbose a line for each verdict
     */
    public Progress(
            PrintWriter out, Plan plan, Standard standard, boolean terminal, boolean verbose) {
        this.out = out;
        this.standard = standard;
        this.terminal = terminal;
        this.verbose = verbose;
        this.total = plan.entries().size();
        for (Plan.Entry entry : plan.entries()) {
            left.merge(
                    group(entry.candidate().subject().name(), entry.builder().id()),
                    1,
                    Integer::sum);
        }
    }

    private static String group(String subject, String builder) {
        return subject + " on " + builder;
    }

    @Override
    public synchronized void started(Plan.Entry entry) {
        if (terminal) {
            String what =
                    "%d of %d, %d failed  %s %s on %s"
                            .formatted(
                                    ended,
                                    total,
                                    bad,
                                    entry.candidate().subject().name(),
                                    entry.tried().id(),
                                    entry.builder().id());
            out.print(CLEAR_LINE + what.substring(0, Math.min(what.length(), 78)));
            out.flush();
        }
    }

    @Override
    public synchronized void ended(Verdict verdict) {
        ended++;
        Mark mark = standard.mark(verdict);
        boolean isBad = mark == Mark.FAILED || mark == Mark.BROKEN;
        bad += isBad ? 1 : 0;
        if (isBad || verbose) {
            line(
                    "  %-8s %s (%d ms)"
                            .formatted(mark.word(), verdict.key(), verdict.duration().toMillis()));
        }
        String group = group(verdict.subject(), verdict.builder());
        marks.computeIfAbsent(group, _ -> new ArrayList<>()).add(mark);
        if (left.merge(group, -1, Integer::sum) == 0) {
            line(group + ": " + Tally.of(marks.getOrDefault(group, List.of())).words());
        }
        if (terminal && ended == total) {
            out.print(CLEAR_LINE);
            out.flush();
        }
    }

    private void line(String line) {
        out.println((terminal ? CLEAR_LINE : "") + line);
        out.flush();
    }
}
