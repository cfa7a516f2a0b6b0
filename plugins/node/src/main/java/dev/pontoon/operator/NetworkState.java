package dev.pontoon.operator;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.pontoon.hostlocal.AddressUse;
import dev.pontoon.protocol.Attachment;
import dev.pontoon.protocol.CniException;
import dev.pontoon.runtime.Documents;
import dev.pontoon.runtime.NetworkList;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A network of this node: its list, who is attached, and what is left of its addresses.
 *
 * @param name the network's name
 * @param list its list; null if there is none any more
 * @param seen its attachments
 * @param ranges what is given out of its ranges
 * @param failure why the ranges cannot be told; empty if they can
 */
record NetworkState(
        String name,
        @Nullable NetworkList list,
        List<Seen> seen,
        List<AddressUse> ranges,
        String failure) {
    /** Looks at the ranges of every host-local in the list. */
    static NetworkState of(String name, @Nullable NetworkList list, List<Seen> seen) {
        List<AddressUse> ranges = new ArrayList<>();
        String failure = "";
        if (list != null) {
            try {
                for (NetworkList.Plugin plugin : list.plugins()) {
                    ranges.addAll(ranges(list, plugin));
                }
            } catch (CniException e) {
                failure = e.text();
            }
        }
        return new NetworkState(name, list, seen, ranges, failure);
    }

    private static List<AddressUse> ranges(NetworkList list, NetworkList.Plugin plugin) {
        if (!plugin.config().path("ipam").path("type").asText("").equals("host-local")) {
            return List.of();
        }
        return AddressUse.of(list.networkConfigOf(plugin));
    }

    /** The plugins' names in their order. */
    List<String> plugins() {
        List<String> types = new ArrayList<>();
        if (list != null) {
            for (NetworkList.Plugin plugin : list.plugins()) {
                types.add(plugin.type());
            }
        }
        return types;
    }

    Map<Sighting.State, Integer> counts() {
        Map<Sighting.State, Integer> counts = new EnumMap<>(Sighting.State.class);
        for (Seen each : seen) {
            counts.merge(each.sighting().state(), 1, Integer::sum);
        }
        return counts;
    }

    /** In words: {@code 3 attached, 1 gone}. */
    String attachments() {
        List<String> words = new ArrayList<>();
        counts().forEach((state, count) -> words.add(count + " " + state.word()));
        return words.isEmpty() ? "no attachments" : String.join(", ", words);
    }

    /** How many leases of a range belong to containers that are gone, or to an earlier boot. */
    int deadLeases(AddressUse range) {
        Map<String, List<Seen>> byContainer = byContainer();
        int dead = 0;
        for (AddressUse.Given lease : range.leases()) {
            Seen holder = holder(lease, byContainer);
            boolean gone = holder == null ? lease.beforeBoot() : holder.isGone();
            dead += gone ? 1 : 0;
        }
        return dead;
    }

    /** How many leases of this boot belong to containers that nobody wrote down. */
    int unknownLeases(AddressUse range) {
        Map<String, List<Seen>> byContainer = byContainer();
        int unknown = 0;
        for (AddressUse.Given lease : range.leases()) {
            unknown += holder(lease, byContainer) == null && !lease.beforeBoot() ? 1 : 0;
        }
        return unknown;
    }

    /** There may be as many leases as a range has addresses. */
    private Map<String, List<Seen>> byContainer() {
        Map<String, List<Seen>> byContainer = new HashMap<>();
        for (Seen each : seen) {
            String container = each.known().attachment().containerId();
            byContainer.computeIfAbsent(container, _ -> new ArrayList<>()).add(each);
        }
        return byContainer;
    }

    private static @Nullable Seen holder(
            AddressUse.Given lease, Map<String, List<Seen>> byContainer) {
        for (Seen each : byContainer.getOrDefault(lease.containerId(), List.of())) {
            String ifname = each.known().attachment().ifname();
            if (lease.ifname().isEmpty() || lease.ifname().equals(ifname)) {
                return each;
            }
        }
        return null;
    }

    /** Lines for people. */
    String text() {
        StringBuilder text = new StringBuilder("network    ").append(name);
        if (list == null) {
            text.append("  no configuration any more");
        } else {
            text.append("  ")
                    .append(String.join(", ", plugins()))
                    .append(list.version().isEmpty() ? "" : "  CNI " + list.version())
                    .append("  ")
                    .append(list.source());
        }
        text.append("\n           ").append(attachments()).append('\n');
        for (AddressUse range : ranges) {
            text.append("           ").append(line(range)).append('\n');
        }
        return text.toString();
    }

    private String line(AddressUse range) {
        StringBuilder line =
                new StringBuilder(range.ranges())
                        .append(": ")
                        .append(range.leases().size())
                        .append(" used, ")
                        .append(range.free())
                        .append(" free");
        if (deadLeases(range) > 0) {
            line.append("; ").append(deadLeases(range)).append(" of dead containers");
        }
        if (unknownLeases(range) > 0) {
            line.append("; ").append(unknownLeases(range)).append(" of unknown containers");
        }
        return line.toString();
    }

    /** What somebody should do something about. */
    List<Problem> problems() {
        List<Problem> problems = new ArrayList<>();
        if (!failure.isEmpty()) {
            problems.add(new Problem(name + ": " + failure, "correct " + source()));
        }
        if (list == null) {
            problems.add(
                    new Problem(
                            name + " has attachments but no configuration",
                            "put its .conflist back until they are detached; pontoon list "
                                    + name));
        }
        addAttachments(problems);
        for (AddressUse range : ranges) {
            addRange(range, problems);
        }
        return problems;
    }

    private String source() {
        return list == null ? "its configuration" : list.source();
    }

    private void addAttachments(List<Problem> problems) {
        int gone = counts().getOrDefault(Sighting.State.GONE, 0);
        if (gone > 0) {
            problems.add(
                    new Problem(
                            name + ": " + gone + " attached to a namespace that is gone",
                            "pontoon gc " + name + " --dead"));
        }
        for (Seen each : seen) {
            Attachment attachment = each.known().attachment();
            String call =
                    "\""
                            + each.known().netns()
                            + "\" --container-id "
                            + attachment.containerId()
                            + " --ifname "
                            + attachment.ifname();
            if (each.sighting().state() == Sighting.State.CHANGED) {
                problems.add(
                        new Problem(
                                attachment + ": " + each.sighting().reason(),
                                "pontoon check " + name + " " + call));
            } else if (each.sighting().state() == Sighting.State.UNREACHABLE) {
                problems.add(
                        new Problem(
                                attachment + ": " + each.sighting().reason(),
                                "look from the mount namespace of whoever attached it"));
            } else if (each.sighting().state() == Sighting.State.UNFINISHED) {
                problems.add(
                        new Problem(
                                attachment + ": " + each.sighting().reason(),
                                "pontoon del " + name + " " + call));
            }
        }
    }

    private void addRange(AddressUse range, List<Problem> problems) {
        if (range.free().equals(BigInteger.ZERO)) {
            problems.add(
                    new Problem(
                            name + ": no address is free in " + range.ranges(),
                            deadLeases(range) > 0
                                    ? "pontoon gc " + name + " --dead"
                                    : "enlarge the range in " + source()));
        }
        if (unknownLeases(range) > 0) {
            problems.add(
                    new Problem(
                            name
                                    + ": "
                                    + unknownLeases(range)
                                    + " leases in "
                                    + range.ranges()
                                    + " belong to containers that nobody wrote down",
                            "if they are no more: pontoon gc "
                                    + name
                                    + " --from-results --dry-run"));
        }
    }

    ObjectNode toJson() {
        ObjectNode json = Documents.object().put("name", name);
        if (list != null) {
            json.put("source", list.source()).put("cniVersion", list.version());
        }
        Seen.texts(json.putArray("plugins"), plugins());
        ObjectNode attachments = json.putObject("attachments");
        counts().forEach((state, count) -> attachments.put(state.word(), count));
        ArrayNode all = json.putArray("ranges");
        for (AddressUse range : ranges) {
            all.addObject()
                    .put("ranges", range.ranges())
                    .put("size", range.size())
                    .put("used", range.leases().size())
                    .put("free", range.free())
                    .put("ofDeadContainers", deadLeases(range))
                    .put("ofUnknownContainers", unknownLeases(range));
        }
        return json;
    }
}
