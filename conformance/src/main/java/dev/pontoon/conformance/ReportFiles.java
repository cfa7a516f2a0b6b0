package dev.pontoon.conformance;

import dev.pontoon.conformance.report.BadInput;
import dev.pontoon.conformance.report.HtmlReport;
import dev.pontoon.conformance.report.JsonReport;
import dev.pontoon.conformance.report.Judgement;
import dev.pontoon.conformance.report.JunitReport;
import dev.pontoon.conformance.report.MarkdownReport;
import dev.pontoon.conformance.report.TapReport;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The files a run's report is written to. */
final class ReportFiles {

    @Option(
            names = "--json",
            paramLabel = "FILE",
            description =
                    "Write the record: JSON of schema 1, which compare reads. All but its part \"run\" is the same for runs that found the same.")
    private @Nullable Path json;

    @Option(
            names = "--junit",
            paramLabel = "FILE",
            description = "Write JUnit XML, for a build server.")
    private @Nullable Path junit;

    @Option(names = "--tap", paramLabel = "FILE", description = "Write TAP, version 14.")
    private @Nullable Path tap;

    @Option(
            names = "--markdown",
            paramLabel = "FILE",
            description = "Write Markdown, for a pull request.")
    private @Nullable Path markdown;

    @Option(names = "--html", paramLabel = "FILE", description = "Write one HTML page, to be read.")
    private @Nullable Path html;

    private Map<Path, Function<Judgement, String>> wanted() {
        Map<Path, Function<Judgement, String>> wanted = new LinkedHashMap<>();
        put(wanted, json, JsonReport::of);
        put(wanted, junit, JunitReport::of);
        put(wanted, tap, TapReport::of);
        put(wanted, markdown, MarkdownReport::of);
        put(wanted, html, HtmlReport::of);
        return wanted;
    }

    private static void put(
            Map<Path, Function<Judgement, String>> wanted,
            @Nullable Path file,
            Function<Judgement, String> format) {
        if (file != null && wanted.put(file, format) != null) {
            throw new BadInput("two reports would be written to " + file);
        }
    }

    /** Makes their folders, so that a long run does not end without a report. */
    void prepare() {
        for (Path file : wanted().keySet()) {
            try {
                Files.createDirectories(file.toAbsolutePath().normalize().getParent());
            } catch (IOException e) {
                throw new BadInput("make the folder of " + file + ": " + e, e);
            }
            if (Files.exists(file)
                    ? !Files.isRegularFile(file) || !Files.isWritable(file)
                    : false) {
                throw new BadInput(file + " cannot be written");
            }
        }
    }

    /** Writes them, and returns where. */
    List<Path> write(Judgement judgement) {
        wanted().forEach((file, format) -> {
            try {
                Files.writeString(file, format.apply(judgement));
            } catch (IOException e) {
                throw new BadInput("write the report " + file + ": " + e, e);
            }
        });
        return List.copyOf(wanted().keySet());
    }
}
