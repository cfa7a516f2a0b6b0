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
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/**
 * For every case there is a plugin that breaks just that rule, and the case says so. Most rules can
 * be broken in several ways; one of them is tried, and with {@code -Dfakes=all} each.
 */
@Tag("kernel")
class BrokenPluginsIT {

    @Test
    void noCaseIsWithoutABrokenPlugin() {
        var broken = Fakes.variants().stream().map(Fakes.Variant::caught).toList();
        assertThat(broken).containsAll(Fakes.CASES.keySet());
        assertThat(Fakes.CASES.keySet()).containsAll(broken);
    }

    @TestFactory
    List<DynamicTest> everyBrokenPluginIsCaught(@TempDir Path folder) {
        boolean all = System.getProperty("fakes", "").equals("all");
        List<Fakes.Variant> variants =
                Fakes.variants().stream().filter(each -> all || each.isFirst()).toList();
        Fakes.installBroken(folder);
        List<Plan.Entry> entries = new ArrayList<>();
        for (Fakes.Variant variant : variants) {
            entries.add(entry(variant, folder));
        }
        try (var run = RunFolder.create();
                var runner = new Runner(run, Duration.ofSeconds(6), 2)) {
            List<Verdict> verdicts = runner.run(new Plan(entries), Fakes.SILENT);
            List<DynamicTest> tests = new ArrayList<>();
            for (int index = 0; index < variants.size(); index++) {
                tests.add(test(variants.get(index), verdicts.get(index)));
            }
            return tests;
        }
    }

    private static Plan.Entry entry(Fakes.Variant variant, Path folder) {
        Case tried = Fakes.CASES.get(variant.caught());
        assertThat(tried).as("the case of " + variant).isNotNull();
        return Fakes.entry(tried, variant.folderIn(folder), variant.type(), variant.builder())
                .orElseThrow(() ->
                        new AssertionError(variant.caught() + " is not about " + variant.type()));
    }

    private static DynamicTest test(Fakes.Variant variant, Verdict verdict) {
        return DynamicTest.dynamicTest(
                variant.name() + " (" + variant.type() + ")",
                () -> {
                    if (verdict.outcome() instanceof Outcome.Skipped(String need)) {
                        org.junit.jupiter.api.Assumptions.abort("needs: " + need);
                    }
                    assertThat(verdict.outcome()).isInstanceOf(Outcome.Failed.class);
                    assertThat(variant.says()).as("what the failure has to say").isNotBlank();
                    assertThat(words((Outcome.Failed) verdict.outcome()))
                            .contains(variant.says())
                            .doesNotContain("Exception");
                });
    }

    private static String words(Outcome.Failed failed) {
        return failed.findings().stream()
                .map(finding -> finding.expected() + ", but " + finding.actual())
                .collect(Collectors.joining("\n"));
    }
}
