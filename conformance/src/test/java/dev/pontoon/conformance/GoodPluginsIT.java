package dev.pontoon.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import dev.pontoon.conformance.host.RunFolder;
import dev.pontoon.conformance.lab.Outcome;
import dev.pontoon.conformance.run.Plan;
import dev.pontoon.conformance.run.Runner;
import dev.pontoon.conformance.run.Verdict;
import dev.pontoon.conformance.suite.Suite;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/** Well-behaved plugins pass every case that applies to them. */
@Tag("kernel")
class GoodPluginsIT {

    @TestFactory
    List<DynamicTest> passEveryCase(@TempDir Path folder) {
        Fakes.installGood(folder);
        List<Plan.Entry> entries =
                Fakes.TYPES.stream()
                        .flatMap(
                                type ->
                                        Suite.all().stream()
                                                .flatMap(
                                                        one ->
                                                                Fakes.entry(
                                                                        one, folder, type,
                                                                        "ip-netns")
                                                                        .stream()))
                        .toList();
        try (var run = RunFolder.create();
                var runner = new Runner(run, Duration.ofSeconds(30), 2)) {
            return runner.run(new Plan(entries), Fakes.SILENT).stream()
                    .map(GoodPluginsIT::test)
                    .toList();
        }
    }

    private static DynamicTest test(Verdict verdict) {
        return DynamicTest.dynamicTest(
                verdict.key(),
                () ->
                        assertThat(verdict.outcome())
                                .isInstanceOfAny(
                                        Outcome.Passed.class, Outcome.Skipped.class));
    }
}
