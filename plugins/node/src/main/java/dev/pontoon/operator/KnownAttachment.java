package dev.pontoon.operator;

import com.fasterxml.jackson.databind.JsonNode;
import dev.pontoon.linux.Links;
import dev.pontoon.plugin.LedgerEntry;
import dev.pontoon.protocol.Attachment;
import dev.pontoon.protocol.Cidr;
import dev.pontoon.protocol.CniArgs;
import dev.pontoon.runtime.CachedResult;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * An attachment as it is written down: by the plugins in the ledger, by a runtime in its results,
 * or by both. What the kernel says of it is a {@link Sighting}.
 *
 * @param attachment which
 * @param entries of the ledger, one for each plugin
 * @param kept the runtime's result; null if none is kept
 * @param since when it was written down first
 * @param busy whether a call is working on it at this moment
 */
record KnownAttachment(
        Attachment attachment,
        List<LedgerEntry> entries,
        @Nullable CachedResult kept,
        Instant since,
        boolean busy) {
    KnownAttachment {
        entries = List.copyOf(entries);
    }

    /** The path of the container's namespace at its ADD; empty if nobody wrote it down. */
    String netns() {
        for (LedgerEntry entry : entries) {
            if (!entry.netns().isEmpty()) {
                return entry.netns();
            }
        }
        return kept == null ? "" : kept.netns();
    }

    /** The entry that knows the namespace's identity; a runtime's result does not. */
    Optional<LedgerEntry> entryWithNetns() {
        for (LedgerEntry entry : entries) {
            if (!entry.netns().isEmpty()) {
                return Optional.of(entry);
            }
        }
        return Optional.empty();
    }

    /** Whether every plugin's ADD came to its end. */
    boolean isFinished() {
        for (LedgerEntry entry : entries) {
            if (!entry.finished()) {
                return false;
            }
        }
        return true;
    }

    /** The plugins that have an entry. */
    List<String> plugins() {
        Set<String> plugins = new TreeSet<>();
        for (LedgerEntry entry : entries) {
            plugins.add(entry.plugin());
        }
        return List.copyOf(plugins);
    }

    /** What a plugin wrote down under that name, whichever plugin it was; empty for nothing. */
    String fact(String name) {
        for (LedgerEntry entry : entries) {
            String value = entry.fact(name).orElse("");
            if (!value.isEmpty()) {
                return value;
            }
        }
        return "";
    }

    /** The addresses with their prefix length, from the ledger, else from the result. */
    List<Cidr> addresses() {
        List<Cidr> addresses = new ArrayList<>();
        for (LedgerEntry entry : entries) {
            for (String text : entry.fact("addresses").orElse("").split(" ")) {
                Cidr.parse(text)
                        .filter(each -> !addresses.contains(each))
                        .ifPresent(addresses::add);
            }
        }
        return addresses.isEmpty() ? addressesOfResult() : addresses;
    }

    /** Those of the interface, not of others that the result may tell of. */
    private List<Cidr> addressesOfResult() {
        List<Cidr> addresses = new ArrayList<>();
        if (kept == null) {
            return addresses;
        }
        JsonNode interfaces = kept.result().path("interfaces");
        for (JsonNode ip : kept.result().path("ips")) {
            JsonNode link = interfaces.path(ip.path("interface").asInt(-1));
            String name = link.path("name").asText(attachment.ifname());
            if (name.equals(attachment.ifname())) {
                Cidr.parse(ip.path("address").asText("")).ifPresent(addresses::add);
            }
        }
        for (String family : List.of("ip4", "ip6")) {
            Cidr.parse(kept.result().path(family).path("ip").asText("")).ifPresent(addresses::add);
        }
        return addresses;
    }

    /**
     * The pod as people know it, {@code default/web}, which Kubernetes' runtimes and podman tell
     * plugins in CNI_ARGS; empty if nobody did.
     */
    String pod() {
        CniArgs args = CniArgs.readLeniently(kept == null ? "" : kept.target().args());
        String name = args.value("K8S_POD_NAME").orElse("");
        String space = args.value("K8S_POD_NAMESPACE").orElse("");
        // podman has no namespaces, and gives the name twice.
        return name.isEmpty() || space.isEmpty() || space.equals(name) ? name : space + "/" + name;
    }

    /** Whether the host has the veth that was made for it, told from others by its MAC. */
    boolean hasHostEnd(Links host) {
        if (isVeth(host, fact("hostVeth"), fact("hostMac"))) {
            return true;
        }
        if (kept != null) {
            for (JsonNode link : kept.result().path("interfaces")) {
                boolean onHost = link.path("sandbox").asText("").isEmpty();
                String name = link.path("name").asText("");
                if (onHost && isVeth(host, name, link.path("mac").asText(""))) {
                    return true;
                }
            }
        }
        return false;
    }

    private static boolean isVeth(Links host, String name, String mac) {
        return !mac.isEmpty()
                && host.find(name)
                        .filter(link -> link.isVeth() && link.macText().equalsIgnoreCase(mac))
                        .isPresent();
    }

    /** The names of the host's links that the result tells of, in its order. */
    List<String> hostLinksOfResult() {
        List<String> names = new ArrayList<>();
        if (kept != null) {
            for (JsonNode link : kept.result().path("interfaces")) {
                if (link.path("sandbox").asText("").isEmpty()) {
                    names.add(link.path("name").asText(""));
                }
            }
        }
        return names;
    }
}
