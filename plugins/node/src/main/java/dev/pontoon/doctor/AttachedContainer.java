package dev.pontoon.doctor;

import dev.pontoon.attachment.AttachmentRecord;
import dev.pontoon.linux.KernelException;
import dev.pontoon.linux.Links;
import dev.pontoon.linux.NetworkNamespace;
import dev.pontoon.linux.NotANamespaceException;
import dev.pontoon.plugin.LedgerEntry;
import dev.pontoon.protocol.Attachment;
import dev.pontoon.protocol.Cidr;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * A container's interface in one network, as the ledger has it.
 *
 * @param attachment whose it is
 * @param runDir the folder that the ledger is in
 * @param entries those of all plugins
 */
record AttachedContainer(Attachment attachment, Path runDir, List<LedgerEntry> entries) {
    /** The entry of one plugin. */
    Optional<LedgerEntry> of(String plugin) {
        return entries.stream().filter(each -> each.plugin().equals(plugin)).findFirst();
    }

    /** The entry of the plugin that made the link; empty if that was none of ours. */
    Optional<AttachmentRecord> record() {
        return of("bridge").or(() -> of("ptp")).map(AttachmentRecord::new);
    }

    /** The host's link that leads to it; empty if it is not known. */
    String hostVeth() {
        return record().map(AttachmentRecord::hostVeth).orElse("");
    }

    /** Its bridge; empty if it is on none. */
    String bridge() {
        return of("bridge").flatMap(entry -> entry.fact("bridge")).orElse("");
    }

    List<Cidr> addresses() {
        return record().map(AttachmentRecord::addresses).orElse(List.of());
    }

    /** The path of its namespace; empty if it is not known. */
    String netns() {
        return entries.stream()
                .map(LedgerEntry::netns)
                .filter(each -> !each.isEmpty())
                .findFirst()
                .orElse("");
    }

    /** Whether its namespace is there, or the link that leads to it. */
    boolean isAlive(Links links) {
        return hasNamespace()
                || record().filter(AttachmentRecord::isReadable)
                        .filter(each -> each.isAlive(links))
                        .isPresent();
    }

    private boolean hasNamespace() {
        if (netns().isEmpty()) {
            return false;
        }
        if (!Files.isDirectory(Path.of(netns()).resolveSibling("")) && !isOfProcess()) {
            // Somebody else's mounts, not to be seen from here.
            return true;
        }
        try (NetworkNamespace netns = NetworkNamespace.open(netns())) {
            return entries.stream().anyMatch(each -> each.isOf(netns));
        } catch (NotANamespaceException e) {
            return false;
        } catch (KernelException e) {
            return true;
        }
    }

    private boolean isOfProcess() {
        return netns().startsWith("/proc/");
    }

    @Override
    public String toString() {
        return attachment.toString();
    }
}
