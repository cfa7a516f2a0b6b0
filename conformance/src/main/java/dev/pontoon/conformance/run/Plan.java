package dev.pontoon.conformance.run;

import dev.pontoon.conformance.lab.Case;
import dev.pontoon.conformance.namespace.NamespaceBuilder;
import dev.pontoon.conformance.spec.CniVersion;
import dev.pontoon.conformance.subject.Subject;
import dev.pontoon.conformance.subject.Trait;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/**
 * What a run is going to try, in the order of its report: by subject, then builder, then case.
 *
 * @param entries one for each verdict
 */
public record Plan(List<Entry> entries) {

    public Plan {
        entries = List.copyOf(entries);
    }

    /**
     * One case with one plugin on one kind of namespace.
     *
     * @param version what the configuration asks for
     */
    public record Entry(
            Case tried, Candidate candidate, NamespaceBuilder builder, CniVersion version) {}

    /**
     * A plugin and the versions it says it supports.
     *
     * @param advertised as it said them; empty when it did not answer
     */
    public record Candidate(Subject subject, List<String> advertised) {
        public Candidate {
            advertised = List.copyOf(advertised);
        }

        /** Those the harness knows, ascending; all of them when the plugin did not answer. */
        public List<CniVersion> versions() {
            if (subject.version().isPresent()) {
                return List.of(subject.version().get());
            }
            List<CniVersion> known =
                    advertised.stream()
                            .filter(CniVersion::isKnown)
                            .map(CniVersion::of)
                            .sorted()
                            .toList();
            return known.isEmpty() ? List.of(CniVersion.values()) : known;
        }

        /** The version to try a case with: the newest that both support; empty if there is none. */
        Optional<CniVersion> versionFor(Case tried) {
            CniVersion first = subject.has(Trait.CHAINED) ? CniVersion.V0_3_0 : CniVersion.V0_1_0;
            return versions().stream()
                    .filter(version -> version.atLeast(first))
                    .filter(version -> version.atLeast(tried.since()))
                    .filter(version -> !tried.until().before(version))
                    .max(Comparator.naturalOrder());
        }

        /** Whether the case is about plugins like this one. */
        boolean isMeantBy(Case tried) {
            return subject.profile().traits().containsAll(tried.traits());
        }
    }

    /**
     * Which of the cases are tried on which of the builders.
     *
     * @param everyCaseEverywhere whether all cases go to all builders; otherwise all go to the
     *     first, and those that are about the kind of namespace also to the others
     * @param version the version to ask for; empty to take the newest that fits each case
     */
    public static Plan of(
            List<Case> cases,
            List<Candidate> candidates,
            List<NamespaceBuilder> builders,
            boolean everyCaseEverywhere,
            Optional<CniVersion> version) {
        List<Entry> entries = new ArrayList<>();
        for (Candidate candidate : candidates) {
            for (NamespaceBuilder builder : builders) {
                boolean all = everyCaseEverywhere || builder.equals(builders.getFirst());
                for (Case tried : cases) {
                    if ((all || tried.everywhere()) && candidate.isMeantBy(tried)) {
                        candidate
                                .versionFor(tried)
                                .filter(fits ->
                                        version.isEmpty() || asked(version.get(), tried, candidate))
                                .ifPresent(fits ->
                                        entries.add(
                                                new Entry(
                                                        tried,
                                                        candidate,
                                                        builder,
                                                        version.orElse(fits))));
                    }
                }
            }
        }
        return new Plan(entries);
    }

    private static boolean asked(CniVersion version, Case tried, Candidate candidate) {
        return version.atLeast(tried.since())
                && !tried.until().before(version)
                && candidate.versions().contains(version);
    }
}
