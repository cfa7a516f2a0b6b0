package dev.pontoon.conformance.report;

import dev.pontoon.conformance.lab.Outcome;
import dev.pontoon.conformance.run.Verdict;
import dev.pontoon.conformance.spec.Level;
import java.util.EnumSet;
import java.util.Optional;
import java.util.Set;

/**
 * What counts as a failure of the run.
 *
 * <p>Without a list of known findings: a failed case of one of these levels, and anything left
 * behind. With one: every failed case that is not on the list, whatever its level.
 */
public final class Standard {

    private final Set<Level> levels;
    private final Optional<KnownFindings> known;

    private Standard(Set<Level> levels, Optional<KnownFindings> known) {
        this.levels = levels;
        this.known = known;
    }

    /** MUST, and these. */
    public static Standard levels(Set<Level> more) {
        var levels = EnumSet.of(Level.MUST);
        levels.addAll(more);
        return new Standard(levels, Optional.empty());
    }

    /** Whatever is not on the list. */
    public static Standard known(KnownFindings known) {
        return new Standard(EnumSet.allOf(Level.class), Optional.of(known));
    }

    /** The list of known findings, where there is one. */
    public Optional<KnownFindings> known() {
        return known;
    }

    /** How a verdict counts. */
    public Mark mark(Verdict verdict) {
        return switch (verdict.outcome()) {
            case Outcome.Passed _ -> Mark.PASSED;
            case Outcome.Failed _ -> excuse(verdict).isPresent() ? Mark.NOT_MET : Mark.FAILED;
            case Outcome.Skipped _ -> Mark.SKIPPED;
            case Outcome.Broken _ -> Mark.BROKEN;
        };
    }

    /** Why a failed verdict does not count; empty when it does, or did not fail. */
    public Optional<String> excuse(Verdict verdict) {
        if (!(verdict.outcome() instanceof Outcome.Failed)) {
            return Optional.empty();
        }
        if (known.isPresent()) {
            return known.get().reason(verdict).map(reason -> "known: " + reason);
        }
        Level level = verdict.tried().level();
        return verdict.breaksMust() || levels.contains(level)
                ? Optional.empty()
                : Optional.of("a " + level + ", which counts with --level " + level + " only");
    }
}
