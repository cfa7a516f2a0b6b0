package dev.pontoon.conformance.run;

import dev.pontoon.conformance.lab.Case;
import dev.pontoon.conformance.lab.Outcome;
import dev.pontoon.conformance.spec.Level;
import java.time.Duration;

/**
 * What came of one case, with one plugin, on one kind of namespace.
 *
 * @param tried the case
 * @param subject the plugin's type, or the name of the network from a file
 * @param builder the builder's id
 * @param version the version of the spec that the configuration asked for
 * @param outcome what came of it
 * @param duration wall time; not part of what two reports are compared by
 */
public record Verdict(
        Case tried,
        String subject,
        String builder,
        String version,
        Outcome outcome,
        Duration duration) {

    /**
     * Whether it is a failure that makes the whole run fail: of a MUST, or something left behind.
     */
    public boolean breaksMust() {
        return outcome instanceof Outcome.Failed failed
                && (tried.level() == Level.MUST
                        || failed.findings().stream()
                                .anyMatch(finding -> finding.kind() == Outcome.Kind.LEFTOVER));
    }

    /**
     * The same case, plugin, builder and version in every run: {@code bridge/add/first@runc-gap}.
     */
    public String key() {
        return subject + ":" + tried.id() + "@" + builder;
    }
}
