package dev.pontoon.tuning;

import dev.pontoon.linux.Errno;
import dev.pontoon.linux.KernelException;
import dev.pontoon.linux.Link;
import dev.pontoon.linux.Links;
import dev.pontoon.linux.NetlinkSocket;
import dev.pontoon.linux.NetworkNamespace;
import dev.pontoon.linux.Sysctl;
import dev.pontoon.plugin.Ledger;
import dev.pontoon.plugin.LedgerEntry;
import dev.pontoon.plugin.Log;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Puts back what was there before an ADD. Only what still has the value that was set: whoever set
 * another one since wants that. What the kernel refuses is logged and no failure, for nobody could
 * ever remove the attachment otherwise.
 */
final class Restoration {
    private final TuningRecord record;
    private final Ledger ledger;
    private final Log log;

    Restoration(TuningRecord record, Ledger ledger, Log log) {
        this.record = record;
        this.ledger = ledger;
        this.log = log;
    }

    /** In the namespace of the ADD. The caller holds its lock. */
    void inNamespace(NetworkNamespace netns, NetlinkSocket container) {
        restoreAttributes(container);
        netns.inside(this::restoreSettings);
    }

    private void restoreAttributes(NetlinkSocket container) {
        Optional<Link> link =
                new Links(container)
                        .find(record.attachment().ifname())
                        .filter(found -> found.index() == record.linkIndex());
        for (Map.Entry<String, String> before : record.before().entrySet()) {
            Optional<LinkAttribute> attribute = LinkAttribute.of(before.getKey());
            if (attribute.isPresent() && link.isPresent()) {
                attempt(
                        before.getKey(),
                        () -> restore(attribute.get(), before.getValue(), link.get(), container));
            }
        }
    }

    private void restoreSettings() {
        List<TuningRecord> others = othersOfTheNamespace();
        for (Map.Entry<String, String> before : record.before().entrySet()) {
            String name = before.getKey();
            if (LinkAttribute.of(name).isEmpty()) {
                attempt(name, () -> restoreSetting(name, before.getValue(), others));
            }
        }
    }

    private List<TuningRecord> othersOfTheNamespace() {
        List<TuningRecord> others = new ArrayList<>();
        String containerId = record.attachment().containerId();
        for (LedgerEntry entry : ledger.entriesOf(containerId, TuningPlugin.NAME)) {
            TuningRecord other = new TuningRecord(entry);
            if (!other.attachment().equals(record.attachment())
                    && other.isOfSameNamespace(record)) {
                others.add(other);
            }
        }
        return others;
    }

    /** By a file of the reference plugin, which knows only of the interface's attributes. */
    static void byFile(
            Map<LinkAttribute, String> before, String ifname, NetlinkSocket container, Log log) {
        Links links = new Links(container);
        Optional<Link> link = links.find(ifname);
        for (Map.Entry<LinkAttribute, String> each : before.entrySet()) {
            if (link.isPresent()) {
                int index = link.get().index();
                attempt(
                        each.getKey().key(),
                        () -> each.getKey().write(links, index, each.getValue()),
                        log);
            }
        }
    }

    private void attempt(String name, Runnable step) {
        attempt(name, step, log);
    }

    private static void attempt(String name, Runnable step, Log log) {
        try {
            step.run();
        } catch (KernelException e) {
            log.line("could not put back " + name + ": " + e.getMessage());
        }
    }

    private void restore(
            LinkAttribute attribute, String before, Link link, NetlinkSocket container) {
        if (attribute.read(link).equals(record.set(attribute.key()))) {
            attribute.write(new Links(container), link.index(), before);
        }
    }

    private void restoreSetting(String name, String before, List<TuningRecord> others) {
        String now;
        try {
            now = Sysctl.read(Setting.parts(name));
        } catch (KernelException e) {
            if (e.is(Errno.ENOENT)) {
                // It went with its interface.
                return;
            }
            throw e;
        }
        if (!isInherited(name, before, now, others) && Sysctl.sameWords(now, record.set(name))) {
            Sysctl.ensure(before, Setting.parts(name));
        }
    }

    /**
     * Another attachment of the container that found what this one had set, and has set what is
     * there now, inherits what was there before both.
     */
    private boolean isInherited(String name, String before, String now, List<TuningRecord> others) {
        for (int i = 0; i < others.size(); i++) {
            TuningRecord other = others.get(i);
            if (Sysctl.sameWords(other.set(name), now)
                    && Sysctl.sameWords(other.was(name), record.set(name))) {
                TuningRecord heir = other.with(name, before, other.set(name));
                ledger.write(heir.entry());
                others.set(i, heir);
                return true;
            }
        }
        return false;
    }
}
