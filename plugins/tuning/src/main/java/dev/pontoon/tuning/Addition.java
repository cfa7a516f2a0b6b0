package dev.pontoon.tuning;

import dev.pontoon.linux.Errno;
import dev.pontoon.linux.KernelException;
import dev.pontoon.linux.Link;
import dev.pontoon.linux.Links;
import dev.pontoon.linux.NetlinkSocket;
import dev.pontoon.linux.NetworkNamespace;
import dev.pontoon.linux.Sysctl;
import dev.pontoon.plugin.Call;
import dev.pontoon.plugin.Ledger;
import dev.pontoon.plugin.Undo;
import dev.pontoon.protocol.AddResult;
import dev.pontoon.protocol.CniException;
import dev.pontoon.protocol.ErrorCode;
import dev.pontoon.protocol.NetworkInterface;
import dev.pontoon.protocol.Request;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * One ADD. It may be repeated, as after a reload of the host's configuration: what was there before
 * the first one stays remembered.
 */
final class Addition {
    private final Request.Add request;
    private final TuningConfig config;
    private final AddResult previous;
    private final Ledger ledger;
    private final NetworkNamespace netns;
    private final NetlinkSocket container;
    private final Call call;
    private final String ifname;

    Addition(
            Request.Add request,
            TuningConfig config,
            AddResult previous,
            Ledger ledger,
            NetworkNamespace netns,
            NetlinkSocket container,
            Call call) {
        this.request = request;
        this.config = config;
        this.previous = previous;
        this.ledger = ledger;
        this.netns = netns;
        this.container = container;
        this.call = call;
        this.ifname = request.attachment().ifname();
    }

    /** Sets everything or nothing. The caller holds the locks of attachment and namespace. */
    AddResult run() {
        TuningRecord record = remembering(findLink());
        try (Undo undo = new Undo(call.stop())) {
            undo.push("put back what " + request.attachment() + " had", () -> takeBack(record));
            ledger.write(record.entry());
            backup().write(record.before());
            netns.inside(this::writeSettings);
            writeAttributes(record.linkIndex());
            AddResult result = result(findLink());
            call.stop().check();
            ledger.write(record.finish().entry());
            undo.commit();
            return result;
        }
    }

    private BackupFile backup() {
        return new BackupFile(config.dataDir(), request.attachment());
    }

    /** The interface whose attributes are to be set; empty if none are. */
    private Optional<Link> findLink() {
        if (config.attributes().isEmpty()) {
            return Optional.empty();
        }
        Optional<Link> link = new Links(container).find(ifname);
        if (link.isEmpty()) {
            throw new KernelException("find " + ifname + " in " + netns.path(), Errno.ENODEV);
        }
        return link;
    }

    /** What is there now, and before an earlier ADD of this attachment was. */
    private TuningRecord remembering(Optional<Link> link) {
        Optional<TuningRecord> earlier =
                ledger.find(request.attachment(), TuningPlugin.NAME)
                        .map(TuningRecord::new)
                        .filter(known -> known.isOf(netns));
        TuningRecord record =
                TuningRecord.begun(
                        request.attachment(),
                        netns,
                        link.map(Link::index).orElse(0),
                        config.dataDir());
        for (Map.Entry<LinkAttribute, String> wanted : config.attributes().entrySet()) {
            LinkAttribute attribute = wanted.getKey();
            String now = attribute.read(link.orElseThrow());
            record =
                    record.with(
                            attribute.key(),
                            first(earlier, attribute.key(), now),
                            wanted.getValue());
        }
        for (Setting setting : config.settings()) {
            String now = netns.inside(() -> readWritable(setting));
            record =
                    record.with(
                            setting.name(), first(earlier, setting.name(), now), setting.value());
        }
        return record;
    }

    private static String first(Optional<TuningRecord> earlier, String name, String now) {
        return earlier.filter(known -> !known.set(name).isEmpty())
                .map(known -> known.was(name))
                .orElse(now);
    }

    /** The value, of a setting that could be written: nothing is set before all could be. */
    private static String readWritable(Setting setting) {
        String[] parts = Setting.parts(setting.name());
        try {
            Sysctl.requireWritable(parts);
            return Sysctl.read(parts);
        } catch (KernelException e) {
            if (e.is(Errno.ENOENT) || e.is(Errno.ENOTDIR)) {
                throw new CniException(
                                ErrorCode.INVALID_CONFIG,
                                "set sysctl " + setting.key() + ": a container's network has none",
                                "`ls /proc/sys/net` in the container shows what there is")
                        .because(e);
            }
            throw e;
        }
    }

    private void writeSettings() {
        for (Setting setting : config.settings()) {
            Sysctl.ensure(setting.value(), Setting.parts(setting.name()));
        }
    }

    private void writeAttributes(int link) {
        Links links = new Links(container);
        for (Map.Entry<LinkAttribute, String> wanted : config.attributes().entrySet()) {
            wanted.getKey().write(links, link, wanted.getValue());
        }
    }

    private void takeBack(TuningRecord record) {
        ledger.takeBack(
                record.entry(),
                cleanup -> {
                    new Restoration(record, ledger, call.log()).inNamespace(netns, container);
                    cleanup.step("remove the backup file", backup()::delete);
                });
    }

    /** That of the plugin before, with what it says of the interface as it is now. */
    private AddResult result(Optional<Link> link) {
        if (link.isEmpty()) {
            return previous;
        }
        List<NetworkInterface> interfaces = new ArrayList<>();
        for (NetworkInterface each : previous.interfaces()) {
            interfaces.add(isIt(each) ? as(each, link.get()) : each);
        }
        return new AddResult(interfaces, previous.ips(), previous.routes(), previous.dns());
    }

    private boolean isIt(NetworkInterface listed) {
        return listed.name().equals(ifname) && !listed.sandbox().isEmpty();
    }

    private static NetworkInterface as(NetworkInterface listed, Link link) {
        return new NetworkInterface(
                listed.name(),
                link.macText(),
                listed.mtu() == 0 ? 0 : link.mtu(),
                listed.sandbox(),
                listed.socketPath(),
                listed.pciId());
    }
}
