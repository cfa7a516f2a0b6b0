package dev.pontoon.doctor;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.pontoon.runtime.Documents;
import dev.pontoon.runtime.NetworkFolder;
import dev.pontoon.runtime.PluginRunner;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code pontoon doctor}: what is wrong on this node, and how to mend it. */
@Command(
        name = "doctor",
        description = {
            "Looks for what is wrong with containers' networks on this node, and tells how to mend it. It only reads:"
                    + " nothing is changed, and no container's packet is delayed."
        },
        exitCodeListHeading = "%nExit status:%n",
        exitCodeList = {"0:nothing is wrong", "1:something is", "2:wrong usage"})
public final class DoctorCommand implements Callable<Integer> {
    @Option(
            names = "--conf-dir",
            paramLabel = "DIR",
            defaultValue = NetworkFolder.STANDARD,
            description = "Where the runtime looks for networks (default: ${DEFAULT-VALUE}).")
    private Path confDir = Path.of("/");

    @Option(
            names = "--bin-dir",
            paramLabel = "DIR",
            defaultValue = PluginRunner.STANDARD_PATH,
            description = "Where it looks for plugins (default: ${DEFAULT-VALUE}).")
    private Path binDir = Path.of("/");

    @Option(
            names = "--run-dir",
            paramLabel = "DIR",
            defaultValue = "/run/pontoon",
            description = "Where the ledger is (default: ${DEFAULT-VALUE}).")
    private Path runDir = Path.of("/");

    @Option(
            names = "--json",
            description = {
                "One JSON object for programs: findings, each with check (a name that stays), severity (broken, will"
                        + " break, advice), object, fault, consequence, mend (shell commands, to be run in order) and"
                        + " advice (words beside them); and fine, the names of the checks that found nothing."
            })
    private boolean json;

    @SuppressWarnings("NullAway.Init") // picocli's to set
    @Spec
    private CommandSpec spec;

    /** For picocli. */
    public DoctorCommand() {}

    @Override
    public Integer call() throws IOException {
        if (!Files.getAttribute(Path.of("/proc/self"), "unix:uid").equals(0)) {
            throw new ParameterException(
                    spec.commandLine(), "only root may look at all of it: sudo pontoon doctor");
        }
        PrintWriter out = spec.commandLine().getOut();
        try (Node node =
                new Node(
                        confDir.toAbsolutePath(),
                        binDir.toAbsolutePath(),
                        runDir.toAbsolutePath())) {
            Doctor.Report report = Doctor.examine(node);
            out.print(json ? json(report) : text(node, report));
            return report.found().isEmpty() ? 0 : 1;
        }
    }

    private static String json(Doctor.Report report) {
        ObjectNode document = Documents.object();
        ArrayNode findings = document.putArray("findings");
        for (Doctor.Found each : report.found()) {
            Finding finding = each.finding();
            ObjectNode told =
                    findings.addObject()
                            .put("check", each.check().name())
                            .put("severity", finding.severity().text())
                            .put("object", finding.object())
                            .put("fault", finding.fault())
                            .put("consequence", finding.consequence());
            ArrayNode mend = told.putArray("mend");
            finding.mend().commands().forEach(mend::add);
            told.put("advice", finding.mend().words());
        }
        ArrayNode fine = document.putArray("fine");
        report.fine().forEach(check -> fine.add(check.name()));
        return Documents.pretty(document) + "\n";
    }

    private static String text(Node node, Doctor.Report report) {
        StringBuilder text = new StringBuilder();
        for (Doctor.Found each : report.found()) {
            append(text, each.finding());
        }
        int findings = report.found().size();
        text.append("pontoon: ")
                .append(Text.count(node.networks().size(), "network"))
                .append(", ")
                .append(Text.count(node.living().size(), "attachment"))
                .append(", ")
                .append(findings == 0 ? "nothing wrong" : Text.count(findings, "finding"))
                .append('\n')
                .append("fine: ")
                .append(Text.count(report.fine().size(), "check"))
                .append(" (")
                .append(String.join(", ", report.fine().stream().map(Check::name).toList()))
                .append(")\n");
        if (findings > 0) {
            text.append(
                    "next: run what stands behind \"mend\" as root, then pontoon doctor again\n");
        }
        return text.toString();
    }

    private static void append(StringBuilder text, Finding finding) {
        text.append(finding.severity().text())
                .append(": ")
                .append(finding.object())
                .append(' ')
                .append(finding.fault())
                .append("\n  so     ")
                .append(finding.consequence())
                .append('\n');
        for (String command : finding.mend().commands()) {
            text.append("  mend   ").append(command).append('\n');
        }
        if (!finding.mend().words().isEmpty()) {
            text.append(finding.mend().commands().isEmpty() ? "  mend   " : "         ")
                    .append(finding.mend().words())
                    .append('\n');
        }
        text.append('\n');
    }
}
