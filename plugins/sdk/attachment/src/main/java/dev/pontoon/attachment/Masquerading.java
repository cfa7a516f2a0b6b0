package dev.pontoon.attachment;

import dev.pontoon.linux.Address;
import dev.pontoon.linux.Addresses;
import dev.pontoon.linux.Link;
import dev.pontoon.linux.Links;
import dev.pontoon.linux.NetlinkSocket;
import dev.pontoon.linux.NetworkNamespace;
import dev.pontoon.linux.nft.Nftables;
import dev.pontoon.plugin.Cleanup;
import dev.pontoon.plugin.Findings;
import dev.pontoon.plugin.HostSockets;
import dev.pontoon.plugin.Ledger;
import dev.pontoon.plugin.LedgerEntry;
import dev.pontoon.plugin.OwnerTag;
import dev.pontoon.protocol.Attachment;
import dev.pontoon.protocol.Cidr;
import dev.pontoon.protocol.CniException;
import dev.pontoon.protocol.Environment;
import dev.pontoon.protocol.ErrorCode;
import dev.pontoon.protocol.Ip;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;

/**
 * Gives what containers send the host's address, in the backend that the configuration names, and
 * takes it away again in whichever backend it is: also what the reference plugins made for
 * containers that were attached before the node was switched to Pontoon.
 */
public final class Masquerading {
    private final HostSockets host;
    private final String path;

    /** {@code environment} is that of the call: programs are looked for in its PATH. */
    public Masquerading(HostSockets host, Environment environment) {
        this.host = host;
        this.path = environment.programPath();
    }

    /** For STATUS: throws code 50 if the host does not have what the backend needs. */
    public void requireAvailable(MasqueradeBackend backend) {
        if (backend == MasqueradeBackend.NFTABLES && !Nftables.isAvailable(host.netfilter())) {
            throw new CniException(
                    ErrorCode.NOT_AVAILABLE,
                    "this kernel has no nftables, which ipMasq needs",
                    "load the module nf_tables, or set ipMasqBackend to iptables");
        }
        if (backend == MasqueradeBackend.IPTABLES) {
            IptablesMasquerade.ofHost(path).requireProgram();
        }
    }

    /**
     * Masquerades what leaves these addresses for anywhere but their own subnets and multicast. The
     * ledger must have them already. Throws code 102 if an address belongs to somebody who lives.
     *
     * @param isLive whether the owner of an address is attached, such as {@link LiveOwners}
     */
    public void add(
            MasqueradeBackend backend,
            Attachment attachment,
            List<Cidr> addresses,
            Predicate<String> isLive) {
        switch (backend) {
            case NONE -> {}
            case NFTABLES ->
                    new NftablesMasquerade(host.netfilter()).add(attachment, addresses, isLive);
            case IPTABLES -> IptablesMasquerade.ofHost(path).add(attachment, addresses);
        }
    }

    /**
     * Whether everything is there that masquerades the address, by whichever backend: the container
     * may have been attached before the configuration changed.
     */
    public boolean has(Attachment attachment, Cidr address) {
        if (Nftables.isAvailable(host.netfilter())) {
            NftablesMasquerade own = new NftablesMasquerade(host.netfilter());
            if (own.isHooked() && own.has(attachment, address)) {
                return true;
            }
            if (new ReferenceMasquerade(host.netfilter()).has(attachment, address)) {
                return true;
            }
        }
        return !ReferenceMasquerade.legacyNat().isEmpty()
                && Program.find("iptables-legacy", path).isPresent()
                && IptablesMasquerade.ofXtables(path).has(attachment, address);
    }

    /** For CHECK: throws code 103 for the first address that is not masqueraded. */
    public void require(Attachment attachment, List<Cidr> addresses) {
        for (Cidr address : addresses) {
            if (!has(attachment, address)) {
                throw new Findings(attachment).failed(isNotMasqueraded(address));
            }
        }
    }

    private static String isNotMasqueraded(Cidr address) {
        return "traffic of " + address + " is not masqueraded";
    }

    /** What a living attachment lacks, as a sentence; empty if nothing is missing. */
    public Optional<String> missing(AttachmentRecord record) {
        return unserved(record).stream().findFirst().map(Masquerading::isNotMasqueraded);
    }

    /** The addresses that are to be masqueraded, and are not. */
    public List<Cidr> unserved(AttachmentRecord record) {
        return record.backend() == MasqueradeBackend.NONE
                ? List.of()
                : record.addresses().stream()
                        .filter(each -> !has(record.attachment(), each))
                        .toList();
    }

    /** Masquerades anew what {@link #missing} finds, by the backend that it was. */
    public void restore(AttachmentRecord record, Predicate<String> isLive) {
        List<Cidr> addresses = unserved(record);
        if (!addresses.isEmpty()) {
            add(record.backend(), record.attachment(), addresses, isLive);
        }
    }

    /** Removes what an ADD made, or was about to make, of which there is a record. */
    public void remove(AttachmentRecord record) {
        Attachment attachment = record.attachment();
        List<Cidr> addresses = record.addresses();
        if (record.masquerades(MasqueradeBackend.IPTABLES)) {
            removeIptables(attachment, addresses);
        } else if (record.masquerades(MasqueradeBackend.NFTABLES)) {
            NftablesMasquerade own = new NftablesMasquerade(host.netfilter());
            if (record.isFinished() && !addresses.isEmpty()) {
                own.remove(attachment, addresses);
            } else {
                own.removeIf(OwnerTag.of(attachment)::equals);
            }
        }
    }

    /** Without addresses the ADD did not come as far as to its rules. */
    private void removeIptables(Attachment attachment, List<Cidr> addresses) {
        if (addresses.isEmpty()) {
            return;
        }
        IptablesMasquerade iptables = IptablesMasquerade.ofHost(path);
        if (iptables.isInstalled(addresses)) {
            iptables.remove(attachment, addresses);
        } else if (Nftables.isAvailable(host.netfilter())) {
            // The program is gone, and what it made can be found all the same.
            new ReferenceMasquerade(host.netfilter()).remove(attachment, addresses, List.of());
        }
    }

    /**
     * Removes what was made for an attachment of which there is no record: by the reference
     * plugins, or by ours if somebody emptied the ledger's folder.
     *
     * @param addresses those of the attachment; empty if they are not known
     * @param netns the container's namespace; empty if it is gone
     */
    public void removeUnrecorded(
            Attachment attachment,
            List<Cidr> addresses,
            Optional<NetworkNamespace> netns,
            Cleanup cleanup) {
        cleanup.step(
                "remove masquerading of the reference plugins",
                () -> removeReference(attachment, addresses, netns));
        if (Nftables.isAvailable(host.netfilter())) {
            cleanup.step(
                    "remove masquerading",
                    () ->
                            new NftablesMasquerade(host.netfilter())
                                    .removeIf(OwnerTag.of(attachment)::equals));
        }
    }

    /** Of both kinds, because the host's iptables may have changed its kind meanwhile. */
    private void removeReference(
            Attachment attachment, List<Cidr> addresses, Optional<NetworkNamespace> netns) {
        List<Ip> others =
                addresses.isEmpty() && netns.isPresent()
                        ? addressesBeside(attachment.ifname(), netns.get())
                        : List.of();
        if (Nftables.isAvailable(host.netfilter())) {
            new ReferenceMasquerade(host.netfilter()).remove(attachment, addresses, others);
        }
        List<Cidr> families = ReferenceMasquerade.legacyNat();
        if (!families.isEmpty()) {
            removeLegacy(attachment, addresses, others, families);
        }
    }

    /** The addresses that the container has on its other interfaces. */
    private static List<Ip> addressesBeside(String ifname, NetworkNamespace netns) {
        List<Ip> others = new ArrayList<>();
        try (NetlinkSocket inside = netns.routeSocket()) {
            Optional<Link> own = new Links(inside).find(ifname);
            for (Address each : new Addresses(inside).list()) {
                if (own.isEmpty() || each.link() != own.get().index()) {
                    others.add(Ip.of(each.address()));
                }
            }
        }
        return others;
    }

    /** Rules of the old kind were made by the old program; where it is gone nobody made any. */
    private void removeLegacy(
            Attachment attachment, List<Cidr> addresses, List<Ip> others, List<Cidr> families) {
        if (Program.find("iptables-legacy", path).isEmpty()) {
            return;
        }
        IptablesMasquerade xtables = IptablesMasquerade.ofXtables(path);
        if (addresses.isEmpty()) {
            xtables.removeExcept(attachment, others, families);
        } else {
            xtables.remove(attachment, addresses);
        }
    }

    /**
     * Removes everything of a network whose attachment is not valid and which no ledger entry led
     * to.
     */
    public void collect(String network, List<Attachment> valid, Ledger ledger, Cleanup cleanup) {
        if (!Nftables.isAvailable(host.netfilter())) {
            return;
        }
        cleanup.step(
                "collect masquerading of " + network,
                () ->
                        new NftablesMasquerade(host.netfilter())
                                .removeIf(new StaleOwners(network, valid, ledger)));
        cleanup.step(
                "collect masquerading of the reference plugins in " + network,
                () ->
                        new ReferenceMasquerade(host.netfilter())
                                .collect(network, kept(network, valid, ledger)));
    }

    /**
     * A container that asked for iptables is in the ledger, and its rules look like the
     * reference's.
     */
    private static List<Attachment> kept(String network, List<Attachment> valid, Ledger ledger) {
        List<Attachment> kept = new ArrayList<>(valid);
        for (LedgerEntry entry : ledger.entries(network)) {
            kept.add(entry.attachment());
        }
        return kept;
    }
}
