package dev.pontoon.operator;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.pontoon.linux.Address;
import dev.pontoon.linux.Addresses;
import dev.pontoon.linux.Link;
import dev.pontoon.linux.Links;
import dev.pontoon.linux.NetlinkSocket;
import dev.pontoon.linux.uapi.RtNetlink;
import dev.pontoon.protocol.Attachment;
import dev.pontoon.protocol.Cidr;
import dev.pontoon.protocol.Ip;
import dev.pontoon.runtime.Documents;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * How the containers of this node are wired: on the host the bridges and the links by themselves,
 * on each of them the containers. The model of every picture.
 *
 * @param hubs in the order of their names, bridges first
 */
record Wiring(List<Hub> hubs) {
    /**
     * Where wires begin on the host: a bridge, or the host's end of a link without one.
     *
     * @param name of the link; empty if nobody knows it
     * @param kind {@code bridge} or {@code link}
     * @param facts what is to be said of it: addresses, MTU, or that it is gone
     * @param present whether the kernel has it
     * @param wires at least one
     */
    record Hub(String name, String kind, List<String> facts, boolean present, List<Wire> wires) {}

    /**
     * A wire from the host to a container.
     *
     * @param hostLink the host's end; empty if it is the hub itself, or if nobody knows it
     * @param hostLinkPresent whether the kernel has it
     * @param attachment whose it is
     * @param facts what is to be said of the container's end
     * @param gone whether the container is gone
     */
    record Wire(
            String hostLink,
            boolean hostLinkPresent,
            Attachment attachment,
            List<String> facts,
            boolean gone) {}

    Wiring {
        hubs = List.copyOf(hubs);
    }

    /** Looks at the host's links; attachments of {@code lo} have no wire, and are left out. */
    static Wiring of(List<Seen> seen, NetlinkSocket host) {
        Map<String, List<Wire>> bridges = new LinkedHashMap<>();
        List<Hub> links = new ArrayList<>();
        Reader reader = new Reader(host);
        for (Seen each : seen) {
            if (each.known().attachment().ifname().equals("lo")) {
                continue;
            }
            String bridge = reader.bridge(each);
            if (bridge.isEmpty()) {
                links.add(reader.linkAlone(each));
            } else {
                bridges.computeIfAbsent(bridge, _ -> new ArrayList<>())
                        .add(reader.wire(each, reader.hostLink(each)));
            }
        }
        List<Hub> hubs = new ArrayList<>();
        bridges.forEach((name, wires) -> hubs.add(reader.hub(name, "bridge", wires)));
        hubs.addAll(links);
        return new Wiring(hubs);
    }

    boolean isEmpty() {
        return hubs.isEmpty();
    }

    /** How many wires there are. */
    int size() {
        int size = 0;
        for (Hub hub : hubs) {
            size += hub.wires().size();
        }
        return size;
    }

    ObjectNode toJson() {
        ObjectNode document = Documents.object();
        ArrayNode all = document.putArray("host");
        for (Hub hub : hubs) {
            ObjectNode json = all.addObject();
            json.put("name", hub.name()).put("kind", hub.kind()).put("present", hub.present());
            Seen.texts(json.putArray("facts"), hub.facts());
            ArrayNode wires = json.putArray("wires");
            for (Wire wire : hub.wires()) {
                ObjectNode one = Outcome.named(wires.addObject(), wire.attachment());
                one.put("hostLink", wire.hostLink().isEmpty() ? hub.name() : wire.hostLink());
                one.put("hostLinkPresent", wire.hostLinkPresent()).put("gone", wire.gone());
                Seen.texts(one.putArray("facts"), wire.facts());
            }
        }
        return document;
    }

    /** Finds the links of the host that attachments name. */
    private static final class Reader {
        private final Links links;
        private final Addresses addresses;

        Reader(NetlinkSocket host) {
            this.links = new Links(host);
            this.addresses = new Addresses(host);
        }

        private @Nullable Link find(String name) {
            return name.isEmpty() ? null : links.find(name).orElse(null);
        }

        /** As the plugin wrote it down; else the port's bridge; else the bridge of the result. */
        String bridge(Seen seen) {
            String written = seen.known().fact("bridge");
            if (!written.isEmpty()) {
                return written;
            }
            Link port = find(hostLink(seen));
            if (port != null && port.master() != 0) {
                Optional<Link> master = links.find(port.master());
                return master.isPresent() ? master.get().name() : "";
            }
            for (String name : seen.known().hostLinksOfResult()) {
                Link link = find(name);
                if (link != null && link.isBridge()) {
                    return name;
                }
            }
            return "";
        }

        /** The host's end of the wire; empty if nobody knows it. */
        String hostLink(Seen seen) {
            String written = seen.known().fact("hostVeth");
            if (!written.isEmpty()) {
                return written;
            }
            for (String name : seen.known().hostLinksOfResult()) {
                Link link = find(name);
                if (link != null && !link.isBridge()) {
                    return name;
                }
            }
            return "";
        }

        Hub linkAlone(Seen seen) {
            String name = hostLink(seen);
            return hub(name, "link", List.of(wire(seen, "")));
        }

        Hub hub(String name, String kind, List<Wire> wires) {
            Link link = find(name);
            List<String> facts = new ArrayList<>();
            if (link == null) {
                facts.add(name.isEmpty() ? "not known" : "gone");
            } else {
                for (Address each : addresses.list(link.index())) {
                    if (each.scope() != RtNetlink.RT_SCOPE_LINK) {
                        facts.add(new Cidr(Ip.of(each.address()), each.prefixLength()).toString());
                    }
                }
                facts.add("mtu " + link.mtu() + (link.up() ? "" : ", down"));
            }
            return new Hub(name, kind, facts, link != null, wires);
        }

        Wire wire(Seen seen, String hostLink) {
            boolean present = find(hostLink.isEmpty() ? hostLink(seen) : hostLink) != null;
            return new Wire(
                    hostLink,
                    present,
                    seen.known().attachment(),
                    ContainerFacts.of(seen),
                    seen.isGone());
        }
    }
}
