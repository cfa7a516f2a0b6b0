package dev.pontoon.portmap;

import dev.pontoon.protocol.Attachment;
import dev.pontoon.protocol.Cidr;
import dev.pontoon.protocol.Ip;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * The chains and rules of iptables that map an attachment's ports for one IP version: the very ones
 * that the reference plugin makes, so that either can check and remove what the other made.
 */
final class IptablesRules {
    // What the match "multiport" takes.
    private static final int PORTS_OF_A_RULE = 15;

    private final Attachment attachment;
    private final PortmapConfig config;
    private final List<Forward> forwards;
    private final Cidr address;

    /** Forwards and address are of one IP version. */
    IptablesRules(
            Attachment attachment, PortmapConfig config, List<Forward> forwards, Cidr address) {
        this.attachment = attachment;
        this.config = config;
        this.forwards = forwards;
        this.address = address;
    }

    private boolean marks() {
        return config.snat() && config.externalSetMarkChain().isEmpty();
    }

    private String mark() {
        String bit = "0x" + Integer.toHexString(1 << config.markMasqBit());
        return bit + "/" + bit;
    }

    /** The chains that containers share. */
    List<String> sharedChains() {
        return marks()
                ? List.of(ReferenceNames.SET_MARK, ReferenceNames.MASQUERADE, ReferenceNames.DNAT)
                : List.of(ReferenceNames.DNAT);
    }

    /** What containers share and is missing in a listing. */
    List<String> missingShared(List<String> listed) {
        List<String> missing = new ArrayList<>();
        if (marks()) {
            addUnless(
                    has(listed, "-A " + ReferenceNames.SET_MARK + " ", "--set-xmark " + mark()),
                    missing,
                    "-A "
                            + ReferenceNames.SET_MARK
                            + " -m comment --comment \"CNI portfwd masquerade mark\""
                            + " -j MARK --set-xmark "
                            + mark());
            addUnless(
                    has(
                            listed,
                            "-A " + ReferenceNames.MASQUERADE + " ",
                            "--mark " + mark() + " -j MASQUERADE"),
                    missing,
                    "-A "
                            + ReferenceNames.MASQUERADE
                            + " -m mark --mark "
                            + mark()
                            + " -j MASQUERADE");
            addUnless(
                    has(listed, "-A POSTROUTING ", "-j " + ReferenceNames.MASQUERADE),
                    missing,
                    "-I POSTROUTING 1 -m comment --comment \"CNI portfwd requiring masquerade\" -j "
                            + ReferenceNames.MASQUERADE);
        }
        for (String base : List.of("PREROUTING", "OUTPUT")) {
            addUnless(
                    has(listed, "-A " + base + " ", "--dst-type LOCAL -j " + ReferenceNames.DNAT),
                    missing,
                    "-A " + base + " -m addrtype --dst-type LOCAL -j " + ReferenceNames.DNAT);
        }
        return missing;
    }

    private static void addUnless(boolean there, List<String> missing, String rule) {
        if (!there) {
            missing.add(rule);
        }
    }

    private static boolean has(List<String> listed, String beginning, String end) {
        return listed.stream().anyMatch(line -> line.startsWith(beginning) && line.endsWith(end));
    }

    /** What leads to the container's chain, and the rules in there. */
    List<String> own() {
        List<String> rules = new ArrayList<>();
        String chain = ReferenceNames.chain(attachment);
        for (Forward each : forwards) {
            Ip hostIp = each.hostIp();
            String base =
                    "-A "
                            + chain
                            + " -p "
                            + each.protocol().text()
                            + " --dport "
                            + each.hostPort()
                            + (hostIp == null ? "" : " -d " + hostIp);
            if (config.snat()) {
                rules.add(base + " -s " + masqueraded() + " -j " + markChain());
                if (each.isV4() && !config.masqAll()) {
                    rules.add(base + " -s 127.0.0.1 -j " + markChain());
                }
            }
            rules.add(base + " -j DNAT --to-destination " + destination(each));
        }
        for (String ports : portLists()) {
            rules.add(
                    "-A "
                            + ReferenceNames.DNAT
                            + " -m comment --comment "
                            + quoted(ReferenceNames.comment(attachment))
                            + " -m multiport "
                            + ports
                            + conditions()
                            + " -j "
                            + chain);
        }
        return rules;
    }

    private String masqueraded() {
        if (config.masqAll()) {
            return address.isV4() ? "0.0.0.0/0" : "::/0";
        }
        return address.network().toString();
    }

    private String markChain() {
        return config.externalSetMarkChain().isEmpty()
                ? ReferenceNames.SET_MARK
                : quoted(config.externalSetMarkChain());
    }

    static String destination(Forward forward) {
        return (forward.isV4() ? forward.target() : "[" + forward.target() + "]")
                + ":"
                + forward.targetPort();
    }

    /** The ports of all mappings, whichever IP version they are for, as the reference has them. */
    private List<String> portLists() {
        Map<String, List<String>> byProtocol = new TreeMap<>();
        for (PortMapping each : config.mappings()) {
            byProtocol
                    .computeIfAbsent(each.protocol().text(), _ -> new ArrayList<>())
                    .add(Integer.toString(each.hostPort()));
        }
        List<String> lists = new ArrayList<>();
        byProtocol.forEach((protocol, ports) -> {
            for (int i = 0; i < ports.size(); i += PORTS_OF_A_RULE) {
                int end = Math.min(i + PORTS_OF_A_RULE, ports.size());
                lists.add(
                        "-p "
                                + protocol
                                + " --destination-ports "
                                + String.join(",", ports.subList(i, end)));
            }
        });
        return lists;
    }

    private String conditions() {
        StringBuilder words = new StringBuilder();
        for (String word : config.conditions(address.isV4()).words()) {
            words.append(' ').append(quoted(word));
        }
        return words.toString();
    }

    /** As iptables-restore reads one word; nothing in it may end the line. */
    private static String quoted(String word) {
        String plain = word.replace("\n", " ").replace("\r", " ");
        boolean isPlain = !plain.isEmpty() && plain.matches("[-!A-Za-z0-9_.,:/=+@%]+");
        return isPlain ? plain : '"' + plain.replace("\\", "\\\\").replace("\"", "\\\"") + '"';
    }

    /** The first thing that a listing lacks of what these rules make; empty if it has all. */
    String fault(List<String> listed) {
        for (String chain : sharedChains()) {
            if (!listed.contains("-N " + chain)) {
                return "the chain " + chain + " of iptables is gone";
            }
        }
        List<String> shared = missingShared(listed);
        if (!shared.isEmpty()) {
            return "iptables has no rule " + shared.getFirst();
        }
        String chain = ReferenceNames.chain(attachment);
        if (!has(listed, "-A " + ReferenceNames.DNAT + " ", "-j " + chain)) {
            return "nothing in " + ReferenceNames.DNAT + " of iptables leads to " + chain;
        }
        for (Forward each : forwards) {
            boolean there =
                    listed.stream()
                            .anyMatch(line ->
                                    line.startsWith("-A " + chain + " ")
                                            && line.contains(" --dport " + each.hostPort() + " ")
                                            && line.contains("-p " + each.protocol().text() + " ")
                                            && line.endsWith(
                                                    "--to-destination " + destination(each)));
            if (!there) {
                return "the chain " + chain + " of iptables does not map " + each.port();
            }
        }
        return "";
    }
}
