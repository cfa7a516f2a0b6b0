package dev.pontoon.operator;

import dev.pontoon.node.Plugins;
import dev.pontoon.plugin.Call;
import dev.pontoon.plugin.Ledger;
import dev.pontoon.plugin.Log;
import dev.pontoon.plugin.OwnerTag;
import dev.pontoon.plugin.StopSignal;
import dev.pontoon.protocol.Environment;
import dev.pontoon.protocol.JsonText;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code pontoon repair}: after somebody has flushed the firewall. */
@Command(
        name = "repair",
        description = {
            "Makes anew what the attached containers need on the host and somebody took away: masquerading, mapped"
                    + " ports, the firewall's openings, the MAC spoof check. For after a reload of the firewall, an"
                    + " nft flush ruleset, an iptables -F.",
            "Addresses, MACs and open connections stay as they are. Containers that are gone are left alone, and so"
                    + " is what other plugins made.",
            "With --json a list of objects: attachment, plugin, missing, failure (empty if it was made anew)."
        },
        exitCodeListHeading = "%nExit status:%n",
        exitCodeList = {
            "0:nothing is missing, or not any more",
            "1:something is missing still; with --dry-run, something is missing",
            "2:wrong usage"
        })
final class RepairCommand implements Callable<Integer> {
    private static final int MISSING = 1;

    @SuppressWarnings("NullAway.Init") // picocli's to set
    @Spec
    private CommandSpec spec;

    @Option(names = "--dry-run", description = "Only tells what is missing.")
    private boolean dryRun;

    @Option(names = "--network", paramLabel = "NAME", description = "Only this network's.")
    private @Nullable String network;

    @Mixin private final RunDirOption runDir = new RunDirOption();
    @Mixin private final JsonOption json = new JsonOption();

    @Override
    public Integer call() {
        Ledger ledger = runDir.ledger();
        List<String> networks = network == null ? ledger.networks() : List.of(network);
        Repair repair =
                new Repair(
                        ledger,
                        Environment.ofOperator(System.getenv()),
                        new Call(
                                Plugins.installation(),
                                new StopSignal(),
                                new Log("repair", System.err)));
        List<Repair.Finding> findings = new ArrayList<>();
        for (String each : networks) {
            for (Repair.Finding found : repair.look(each)) {
                Repair.Finding told = dryRun ? found : repair.mend(found);
                findings.add(told);
                if (!json.wanted()) {
                    print(told);
                }
            }
        }
        conclude(findings, networks.size());
        return dryRun && !findings.isEmpty() || unmended(findings) > 0 ? MISSING : 0;
    }

    private static long unmended(List<Repair.Finding> findings) {
        return findings.stream().filter(each -> !each.failure().isEmpty()).count();
    }

    private PrintWriter out() {
        return spec.commandLine().getOut();
    }

    private void print(Repair.Finding finding) {
        String state =
                dryRun ? "missing" : finding.failure().isEmpty() ? "repaired" : "NOT REPAIRED";
        out().println(
                        state
                                + "  "
                                + OwnerTag.of(finding.attachment())
                                + "  "
                                + finding.plugin()
                                + ": "
                                + finding.missing());
        if (!finding.failure().isEmpty()) {
            out().println("    " + finding.failure());
        }
        out().flush();
    }

    private void conclude(List<Repair.Finding> findings, int networks) {
        if (json.wanted()) {
            List<String> objects = findings.stream().map(RepairCommand::toJson).toList();
            out().println("[" + String.join(",\n ", objects) + "]");
        } else if (findings.isEmpty()) {
            out().println(
                            "pontoon: nothing is missing in "
                                    + networks
                                    + (networks == 1 ? " network" : " networks"));
        } else if (dryRun) {
            out().println("next: pontoon repair makes it anew");
        } else if (unmended(findings) == 0) {
            out().println("next: pontoon doctor tells why it may happen again");
        } else {
            out().println("next: detach and attach again the containers that are not repaired");
        }
    }

    private static String toJson(Repair.Finding finding) {
        return new JsonText()
                .put("attachment", OwnerTag.of(finding.attachment()))
                .put("plugin", finding.plugin())
                .put("missing", finding.missing())
                .put("failure", finding.failure())
                .toString();
    }
}
