package dev.pontoon.attachment;

import dev.pontoon.linux.Link;
import dev.pontoon.linux.Links;
import dev.pontoon.linux.MacAddress;
import dev.pontoon.linux.NetworkNamespace;
import dev.pontoon.plugin.LedgerEntry;
import dev.pontoon.protocol.Attachment;
import dev.pontoon.protocol.Cidr;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * A ledger entry in the words that all plugins share which attach a container by a link of the
 * host. A plugin adds facts of its own to the {@link #entry}.
 *
 * <p>Written twice in an ADD: as intent before the first change, with the names chosen for what is
 * to be made, and finished after the last one, with the addresses that the IPAM plugin gave.
 *
 * @param entry the entry itself
 */
public record AttachmentRecord(LedgerEntry entry) {
    private static final String HOST_VETH = "hostVeth";
    private static final String HOST_MAC = "hostMac";
    private static final String CONTAINER_MAC = "containerMac";
    private static final String ADDRESSES = "addresses";
    private static final String MASQUERADE = "masquerade";

    /** What an ADD of that plugin is about to make; its link is told by {@link #with}. */
    public static AttachmentRecord begun(
            Attachment attachment,
            String plugin,
            NetworkNamespace netns,
            MasqueradeBackend masquerade) {
        return new AttachmentRecord(
                LedgerEntry.begun(attachment, plugin)
                        .in(netns)
                        .with(MASQUERADE, masquerade.text()));
    }

    /** The same with the veth pair that is to be made. */
    public AttachmentRecord with(VethPair pair) {
        return withForeignLink(pair.hostName(), pair.containerMac())
                .with(HOST_MAC, MacAddress.format(pair.hostMac()));
    }

    /**
     * The same with a link of the host that somebody else made and that must not be deleted: its
     * MAC is not written down.
     *
     * @param containerMac the source MAC of the container's frames; empty if it is not known
     */
    public AttachmentRecord withForeignLink(String hostName, byte[] containerMac) {
        return with(HOST_VETH, hostName).with(CONTAINER_MAC, MacAddress.format(containerMac));
    }

    /** The same with the addresses of the container; the ADD is not at its end yet. */
    public AttachmentRecord withAddresses(List<Cidr> addresses) {
        List<String> texts = new ArrayList<>();
        for (Cidr address : addresses) {
            texts.add(address.toString());
        }
        return with(ADDRESSES, String.join(" ", texts));
    }

    private AttachmentRecord with(String fact, String value) {
        return new AttachmentRecord(entry.with(fact, value));
    }

    /** The same at the end of its ADD. */
    public AttachmentRecord finish() {
        return new AttachmentRecord(entry.finish());
    }

    /** Whose it is. */
    public Attachment attachment() {
        return entry.attachment();
    }

    /** Whether its ADD came to its end. */
    public boolean isFinished() {
        return entry.finished();
    }

    /** Whether it tells what was made; an entry that could not be read tells nothing. */
    public boolean isReadable() {
        return !hostVeth().isEmpty();
    }

    /**
     * The name of the host's link, an end of our veth pair or what somebody else made; empty in an
     * entry that could not be read.
     */
    public String hostVeth() {
        return entry.fact(HOST_VETH).orElse("");
    }

    /** The MAC of our host's end; empty for a link that somebody else made. */
    public String hostMac() {
        return entry.fact(HOST_MAC).orElse("");
    }

    /** Six bytes, or none where it is not known. */
    public byte[] containerMac() {
        String text = entry.fact(CONTAINER_MAC).orElse("");
        return text.isEmpty() ? new byte[0] : MacAddress.parse(text);
    }

    /** The path of the container's namespace at its ADD. */
    public String netns() {
        return entry.netns();
    }

    /** Whether it is the container's namespace: a path may lead to another one by now. */
    public boolean isOf(NetworkNamespace netns) {
        return entry.isOf(netns);
    }

    /** Whether this backend was used, or was about to be. */
    public boolean masquerades(MasqueradeBackend backend) {
        return backend() == backend;
    }

    /** The backend that was used, or was about to be. */
    public MasqueradeBackend backend() {
        String text = entry.fact(MASQUERADE).orElse("");
        for (MasqueradeBackend each : MasqueradeBackend.values()) {
            if (each.text().equals(text)) {
                return each;
            }
        }
        return MasqueradeBackend.NONE;
    }

    /** The container's addresses; none while the ADD has not come that far. */
    public List<Cidr> addresses() {
        List<Cidr> addresses = new ArrayList<>();
        for (String text : entry.fact(ADDRESSES).orElse("").split(" ")) {
            Cidr.parse(text).ifPresent(addresses::add);
        }
        return addresses;
    }

    /**
     * Whether the host's link is still there. It goes a moment after the container's namespace
     * does.
     */
    public boolean isAlive(Links host) {
        Optional<Link> link = host.find(hostVeth());
        return link.isPresent() && (hostMac().isEmpty() || link.get().macText().equals(hostMac()));
    }
}
