package dev.pontoon.hostlocal;

import dev.pontoon.plugin.Call;
import dev.pontoon.plugin.Cleanup;
import dev.pontoon.plugin.Ledger;
import dev.pontoon.plugin.Plugin;
import dev.pontoon.protocol.AddResult;
import dev.pontoon.protocol.Attachment;
import dev.pontoon.protocol.CniException;
import dev.pontoon.protocol.ErrorCode;
import dev.pontoon.protocol.Ip;
import dev.pontoon.protocol.IpConfig;
import dev.pontoon.protocol.NetworkConfig;
import dev.pontoon.protocol.Request;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Hands out addresses from ranges, remembered on this host's disk. Each ADD gets one address of
 * each range set, the next behind the one handed out last, so that an address rests as long as
 * possible before it is used again.
 */
public final class HostLocalPlugin implements Plugin {
    private final @Nullable Boot givenBoot;

    public HostLocalPlugin() {
        givenBoot = null;
    }

    /** For tests that cannot reboot the machine. */
    HostLocalPlugin(Boot boot) {
        givenBoot = boot;
    }

    private Boot boot() {
        return givenBoot == null ? Boot.current() : givenBoot;
    }

    @Override
    public String name() {
        return "host-local";
    }

    @Override
    public boolean isIpam() {
        return true;
    }

    @Override
    public AddResult add(Request.Add request, Call call) {
        HostLocalConfig config = HostLocalConfig.read(request.config(), call.caller().folder());
        List<Requested> requested =
                HostLocalConfig.requested(request.config(), request.environment().args());
        Wishes wishes = new Wishes(config.sets(), requested);
        Ledger ledger = Ledger.of(request.config());
        Attachment attachment = request.attachment();
        try (Store store = Store.create(config.dataDir(), attachment.network(), boot(), call)) {
            Siblings siblings =
                    new Siblings(config.dataDir(), attachment.network(), store.hasOwnFolder());
            List<Ip> addresses =
                    new Allocation(store, siblings, ledger, attachment, call)
                            .allocate(config.sets(), wishes);
            return result(config, addresses);
        }
    }

    private static AddResult result(HostLocalConfig config, List<Ip> addresses) {
        List<IpConfig> ips = new ArrayList<>();
        for (int i = 0; i < addresses.size(); i++) {
            ips.add(config.sets().get(i).result(addresses.get(i)));
        }
        return AddResult.ofIpam(ips, config.routes(), config.dns());
    }

    @Override
    public void check(Request.Check request, Call call) {
        HostLocalConfig config = HostLocalConfig.read(request.config(), call.caller().folder());
        AddResult previous =
                request.config()
                        .prevResult()
                        .orElseThrow(() ->
                                new CniException(
                                        ErrorCode.INVALID_CONFIG,
                                        "check the leases of "
                                                + request.attachment()
                                                + ": there is no prevResult"));
        new Leases(config, request.attachment()).require(previous);
    }

    /**
     * Needs neither ranges nor CNI_ARGS to be right: whatever became of the configuration, the
     * addresses come back.
     */
    @Override
    public void del(Request.Del request, Call call) {
        Attachment attachment = request.attachment();
        Optional<Path> dataDir = dataDir(request.config(), call);
        if (dataDir.isEmpty()) {
            return;
        }
        Optional<Store> opened = Store.open(dataDir.get(), attachment.network(), boot(), call);
        if (opened.isEmpty()) {
            return;
        }
        try (Store store = opened.get()) {
            store.removeUnfinished();
            Cleanup cleanup = new Cleanup();
            for (Lease lease : leasesOf(Holder.of(attachment), request.config(), store)) {
                cleanup.step("free " + lease.address(), () -> store.free(lease));
            }
            cleanup.finish();
        }
    }

    /**
     * No lease can have been made with a folder that ADD refuses, so there is nothing to remove.
     */
    private static Optional<Path> dataDir(NetworkConfig config, Call call) {
        try {
            return Optional.of(HostLocalConfig.dataDir(config));
        } catch (CniException e) {
            call.log().line("nothing to remove: " + e.text());
            return Optional.empty();
        }
    }

    /**
     * Also looks at the addresses of prevResult, which finds a lease that was written by hand into
     * an existing file.
     */
    private static List<Lease> leasesOf(Holder holder, NetworkConfig config, Store store) {
        List<Lease> leases = store.ofAttachment(holder);
        AddResult previous = config.readablePrevResult().orElse(null);
        if (previous != null && leases.isEmpty()) {
            for (IpConfig ip : previous.ips()) {
                Lease lease = store.folder().lease(ip.address().address());
                if (lease != null && lease.holder().covers(holder)) {
                    leases.add(lease);
                }
            }
        }
        return leases;
    }

    @Override
    public void gc(Request.Gc request, Call call) {
        NetworkConfig config = request.config();
        List<Attachment> valid = config.validAttachments().orElse(null);
        if (valid == null) {
            call.log()
                    .line(
                            "nothing removed: the configuration does not say which attachments are valid");
            return;
        }
        Set<Holder> holders = new HashSet<>();
        for (Attachment each : valid) {
            holders.add(Holder.of(each));
            holders.add(Holder.of(each).withoutIfname());
        }
        Ledger ledger = Ledger.of(config);
        Optional<Store> opened =
                Store.open(HostLocalConfig.dataDir(config), config.name(), boot(), call);
        if (opened.isEmpty()) {
            return;
        }
        try (Store store = opened.get()) {
            store.removeUnfinished();
            Cleanup cleanup = new Cleanup();
            for (Lease lease : store.leases()) {
                Holder holder = lease.holder();
                if (holder.isAttachment()
                        && !holders.contains(holder)
                        && !isBusy(holder, config.name(), ledger)
                        && cleanup.step("free " + lease.address(), () -> store.free(lease))) {
                    call.log()
                            .line(
                                    "freed "
                                            + lease.address()
                                            + " of "
                                            + holder
                                            + ", which is no longer valid");
                }
            }
            cleanup.finish();
        }
    }

    /** An ADD under way is newer than the list of the valid ones. */
    private static boolean isBusy(Holder holder, String network, Ledger ledger) {
        return ledger.isBusy(new Attachment(network, holder.containerId(), holder.ifname()));
    }

    @Override
    public void status(Request.Status request, Call call) {
        new Readiness(request.config(), call.caller().folder(), boot()).require();
    }
}
