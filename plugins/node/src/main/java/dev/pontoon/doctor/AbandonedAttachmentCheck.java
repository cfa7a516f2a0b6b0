package dev.pontoon.doctor;

import dev.pontoon.plugin.LedgerEntry;
import java.util.List;

/** What Pontoon made for containers that are gone. */
final class AbandonedAttachmentCheck implements Check {
    @Override
    public String name() {
        return "abandoned-attachments";
    }

    @Override
    public String subject() {
        return "what the ledger has of containers that are gone";
    }

    @Override
    public List<Finding> look(Node node) {
        Detaching detaching = new Detaching(node);
        return node.dead().stream().map(each -> finding(each, detaching)).toList();
    }

    private static Finding finding(AttachedContainer container, Detaching detaching) {
        List<String> plugins = container.entries().stream().map(LedgerEntry::plugin).toList();
        String netns = container.netns();
        return new Finding(
                Severity.ADVICE,
                container.toString(),
                "is in the ledger, and its namespace "
                        + (netns.isEmpty() ? "" : netns + " ")
                        + "is gone: no DEL came, or it was stopped",
                "its addresses, ports and rules stay taken until a DEL, a GC or the next boot",
                Mend.by(detaching.of(container.attachment(), plugins)));
    }
}
