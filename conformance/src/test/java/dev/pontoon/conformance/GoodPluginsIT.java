package dev.pontoon.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import dev.pontoon.conformance.host.RunFolder;
import dev.pontoon.conformance.lab.Case;
import dev.pontoon.conformance.lab.Outcome;
import dev.pontoon.conformance.run.Plan;
import dev.pontoon.conformance.run.Runner;
import dev.pontoon.conformance.run.Verdict;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/** Well-behaved plugins pass every case. */
@Tag("kernel")
class GoodPluginsIT {

    @TestFactory
    List<DynamicTest> passEveryCase(@TempDir Path folder) {
        Fakes.installGood(folder);
        // Every case with each type that a broken plugin is caught with, so that what differs is
        // the rule.
        Map<String, Plan.Entry> entries = new LinkedHashMap<>();
        for (Fakes.Variant variant : Fakes.variants()) {
            Case tried = Fakes.CASES.get(variant.caught());
            if (tried != null) {
                Fakes.entry(tried, folder, variant.type(), variant.builder())
                        .ifPresent(entry ->
                                entries.put(
                                        tried.id() + variant.type() + variant.builder(), entry));
            }
        }
        try (var run = RunFolder.create();
                var runner = new Runner(run, Duration.ofSeconds(30), 2)) {
            return runner.run(new Plan(List.copyOf(entries.values())), Fakes.SILENT).stream()
                    .map(GoodPluginsIT::test)
                    .toList();
        }
    }

    private static DynamicTest test(Verdict verdict) {
        return DynamicTest.dynamicTest(
                verdict.key(),
                () ->
                        assertThat(verdict.outcome())
                                .isInstanceOfAny(Outcome.Passed.class, Outcome.Skipped.class));
    }
}
