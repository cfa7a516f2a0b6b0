package dev.pontoon.firewall;

import dev.pontoon.attachment.IptablesTable;
import dev.pontoon.protocol.Ip;
import java.util.ArrayList;
import java.util.List;

/**
 * The table filter of one IP version as {@code iptables -S} listed it, and what is to be changed
 * about it. Lines are compared as the program prints them.
 */
final class IptablesRules {
    private static final String FORWARD = "CNI-FORWARD";
    private static final String STAGE_1 = "CNI-ISOLATION-STAGE-1";
    private static final String STAGE_2 = "CNI-ISOLATION-STAGE-2";
    private static final String ENTRANCE =
            "FORWARD -m comment --comment \"CNI firewall plugin rules\" -j " + FORWARD;
    private static final String SAME_BRIDGE =
            " -m comment --comment \"CNI firewall plugin rules (ingressPolicy: same-bridge)\" -j ";
    private static final String ISOLATED =
            " -m comment --comment \"CNI firewall plugin rules (ingressPolicy: isolated)\" -j ";
    private static final String TO_STAGE_1 = "FORWARD" + SAME_BRIDGE + STAGE_1;
    private static final String END_1 = STAGE_1 + SAME_BRIDGE + "RETURN";
    private static final String END_2 = STAGE_2 + SAME_BRIDGE + "RETURN";

    private final List<String> listed;
    private final List<String> changes = new ArrayList<>();

    /** What {@link IptablesTable#list} gave. */
    IptablesRules(List<String> listed) {
        this.listed = List.copyOf(listed);
    }

    /** What {@link IptablesTable#change} is to make of it. */
    List<String> changes() {
        return changes;
    }

    /** Lets the addresses through. */
    void open(List<Ip> addresses, String adminChain) {
        ensureChain(FORWARD);
        ensureFirst(ENTRANCE);
        ensureChain(adminChain);
        ensureFirst(overrides(adminChain));
        for (Ip address : addresses) {
            for (String each : rules(address)) {
                ensureLast(each);
            }
        }
    }

    /** Removes the rules of an address. */
    void close(Ip address) {
        for (String each : rules(address)) {
            delete(each);
        }
    }

    /** The first rule without which the addresses do not get through; empty if all are there. */
    String missing(List<Ip> addresses, String adminChain) {
        List<String> wanted = new ArrayList<>(List.of(ENTRANCE, overrides(adminChain)));
        for (Ip address : addresses) {
            wanted.addAll(rules(address));
        }
        return firstMissing(wanted);
    }

    private String firstMissing(List<String> wanted) {
        for (String each : wanted) {
            if (!has(each)) {
                return each;
            }
        }
        return "";
    }

    private static String overrides(String adminChain) {
        return FORWARD
                + " -m comment --comment \"CNI firewall plugin admin overrides\" -j "
                + adminChain;
    }

    private static List<String> rules(Ip address) {
        String host = address + "/" + address.bits();
        return List.of(
                FORWARD + " -d " + host + " -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT",
                FORWARD + " -s " + host + " -j ACCEPT");
    }

    /** What the policy of a bridge is now. */
    IngressPolicy policy(String bridge) {
        if (has(within(bridge))) {
            return IngressPolicy.ISOLATED;
        }
        return has(leaving(bridge)) || has(entering(bridge))
                ? IngressPolicy.SAME_BRIDGE
                : IngressPolicy.OPEN;
    }

    /** The first rule that the policy of a bridge needs and that is not there, or is empty. */
    String missing(String bridge, IngressPolicy policy) {
        List<String> wanted =
                new ArrayList<>(List.of(TO_STAGE_1, leaving(bridge), entering(bridge)));
        if (policy == IngressPolicy.ISOLATED) {
            wanted.add(within(bridge));
        }
        return firstMissing(wanted);
    }

    /** Gives a bridge that policy; the chains go with the last bridge that has one. */
    void setPolicy(String bridge, IngressPolicy policy) {
        if (policy == IngressPolicy.OPEN) {
            removePolicy(bridge);
            return;
        }
        ensureChain(STAGE_1);
        ensureChain(STAGE_2);
        // Before CNI-FORWARD, which accepts.
        ensureFirst(TO_STAGE_1);
        ensureFirst(leaving(bridge));
        ensureLast(END_1);
        ensureFirst(entering(bridge));
        ensureLast(END_2);
        if (policy == IngressPolicy.ISOLATED) {
            ensureFirst(within(bridge));
        } else {
            delete(within(bridge));
        }
    }

    private void removePolicy(String bridge) {
        delete(within(bridge));
        delete(leaving(bridge));
        delete(entering(bridge));
        for (String each : listed) {
            boolean ofAnother =
                    each.startsWith("-A " + STAGE_1 + " -i ")
                            && !each.startsWith("-A " + STAGE_1 + " -i " + bridge + " ");
            if (ofAnother) {
                return;
            }
        }
        delete(TO_STAGE_1);
        for (String each : List.of(STAGE_1, STAGE_2)) {
            if (listed.contains("-N " + each)) {
                changes.add("-F " + each);
            }
        }
        for (String each : List.of(STAGE_1, STAGE_2)) {
            if (listed.contains("-N " + each)) {
                changes.add("-X " + each);
            }
        }
    }

    private static String within(String bridge) {
        return STAGE_1 + " -i " + bridge + " -o " + bridge + ISOLATED + "DROP";
    }

    private static String leaving(String bridge) {
        return STAGE_1 + " -i " + bridge + " ! -o " + bridge + SAME_BRIDGE + STAGE_2;
    }

    private static String entering(String bridge) {
        return STAGE_2 + " -o " + bridge + SAME_BRIDGE + "DROP";
    }

    private void ensureChain(String chain) {
        if (!listed.contains("-N " + chain)) {
            changes.add("-N " + chain);
        }
    }

    private void ensureFirst(String rule) {
        if (!has(rule)) {
            changes.add("-I " + rule);
        }
    }

    private void ensureLast(String rule) {
        if (!has(rule)) {
            changes.add("-A " + rule);
        }
    }

    /** As often as it is there. */
    private void delete(String rule) {
        for (String each : listed) {
            if (each.equals("-A " + rule)) {
                changes.add("-D " + rule);
            }
        }
    }

    private boolean has(String rule) {
        return listed.contains("-A " + rule);
    }
}
