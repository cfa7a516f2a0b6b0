package dev.pontoon.operator;

import dev.pontoon.linux.FileLock;
import dev.pontoon.linux.KernelException;
import dev.pontoon.plugin.Call;
import dev.pontoon.plugin.Ledger;
import dev.pontoon.plugin.LedgerEntry;
import dev.pontoon.plugin.Plugin;
import dev.pontoon.plugin.Recorded;
import dev.pontoon.protocol.Attachment;
import dev.pontoon.protocol.CniException;
import dev.pontoon.protocol.Environment;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Looks at what plugins made on the host for containers that live, and makes anew what somebody
 * took away: a reload of the firewall, {@code nft flush ruleset}, {@code iptables -F}.
 */
final class Repair {
    private final Ledger ledger;
    private final Environment environment;
    private final Call call;

    /** {@code call} names the plugins there are, and what it logs to. */
    Repair(Ledger ledger, Environment environment, Call call) {
        this.ledger = ledger;
        this.environment = environment;
        this.call = call;
    }

    /**
     * Something that was missing.
     *
     * @param attachment whose
     * @param plugin which plugin had made it
     * @param missing the first such thing, as a sentence
     * @param failure why it is missing still; empty if it was made anew
     */
    record Finding(Attachment attachment, String plugin, String missing, String failure) {
        private Finding still(String why) {
            return new Finding(attachment, plugin, missing, why);
        }
    }

    /** What a network's attachments lack; nothing is changed. */
    List<Finding> look(String network) {
        List<Finding> findings = new ArrayList<>();
        for (LedgerEntry entry : ledger.entries(network)) {
            Optional<Plugin> plugin = call.installation().find(entry.plugin());
            if (entry.finished() && plugin.isPresent()) {
                look(plugin.get(), entry).ifPresent(findings::add);
            }
        }
        return findings;
    }

    private Optional<Finding> look(Plugin plugin, LedgerEntry entry) {
        try {
            return missing(plugin, entry).map(each -> finding(entry, each, ""));
        } catch (CniException | KernelException e) {
            String failure = String.valueOf(e.getMessage());
            return Optional.of(finding(entry, "it cannot be told what is missing", failure));
        }
    }

    private Optional<String> missing(Plugin plugin, LedgerEntry entry) {
        return plugin.missing(recorded(entry), call);
    }

    private Recorded recorded(LedgerEntry entry) {
        return new Recorded(entry, ledger, environment);
    }

    private static Finding finding(LedgerEntry entry, String missing, String failure) {
        return new Finding(entry.attachment(), entry.plugin(), missing, failure);
    }

    /** Makes it anew, if it is missing still and the container has not been detached since. */
    Finding mend(Finding found) {
        if (!found.failure().isEmpty()) {
            return found;
        }
        try (FileLock lock = ledger.lock(found.attachment(), call.stop())) {
            Plugin plugin = call.installation().find(found.plugin()).orElseThrow();
            Optional<LedgerEntry> entry = ledger.find(found.attachment(), found.plugin());
            if (entry.isEmpty() || missing(plugin, entry.get()).isEmpty()) {
                return found;
            }
            plugin.restore(recorded(entry.get()), call);
            Optional<String> left =
                    ledger.find(found.attachment(), found.plugin())
                            .flatMap(after -> missing(plugin, after));
            return found.still(left.orElse(""));
        } catch (CniException | KernelException e) {
            return found.still(String.valueOf(e.getMessage()));
        }
    }
}
