package dev.pontoon.portmap;

import dev.pontoon.attachment.IptablesTable;
import dev.pontoon.protocol.Attachment;
import dev.pontoon.protocol.Ip;
import java.util.ArrayList;
import java.util.List;

/**
 * Rules for ports in tables of the old xtables kind, which only {@code iptables-legacy} shows and
 * removes. It is run only where the kernel says that there is such a table.
 */
final class LegacyForwards {
    private final String path;

    /** {@code path} is the PATH of the call. */
    LegacyForwards(String path) {
        this.path = path;
    }

    /** As {@link ReferenceForwards#removeChains}. */
    void remove(Attachment attachment, List<Ip> addresses) {
        for (boolean v4 : new boolean[] {true, false}) {
            IptablesTable.legacy(path, v4, IptablesForwards.TABLE)
                    .ifPresent(table -> remove(table, attachment, addresses));
        }
    }

    private static void remove(IptablesTable table, Attachment attachment, List<Ip> addresses) {
        List<String> listed = table.list();
        List<String> changes = new ArrayList<>();
        removeChain(listed, ReferenceNames.chain(attachment), addresses, changes);
        removeChain(listed, ReferenceNames.oldChain(attachment), addresses, changes);
        table.change(changes);
    }

    private static void removeChain(
            List<String> listed, String chain, List<Ip> addresses, List<String> changes) {
        List<String> own = new ArrayList<>();
        boolean shared = false;
        for (String each : listed) {
            if (each.startsWith("-A " + chain + " ") && each.contains("--to-destination ")) {
                boolean concerned = addresses.isEmpty() || leadsToAny(each, addresses);
                shared |= !concerned;
                if (concerned) {
                    own.add("-D" + each.substring(2));
                }
            }
        }
        if (shared) {
            changes.addAll(own);
            return;
        }
        for (String each : listed) {
            if (each.endsWith(" -j " + chain)) {
                changes.add("-D" + each.substring(2));
            }
        }
        if (listed.contains("-N " + chain)) {
            changes.add("-F " + chain);
            changes.add("-X " + chain);
        }
    }

    private static boolean leadsToAny(String rule, List<Ip> addresses) {
        for (Ip each : addresses) {
            String target = each.isV4() ? each.toString() : "[" + each + "]";
            if (rule.contains("--to-destination " + target + ":")) {
                return true;
            }
        }
        return false;
    }

    /** As {@link ReferenceForwards#collect}. */
    void collect(String network, List<Attachment> kept) {
        List<String> keptChains = new ArrayList<>();
        kept.forEach(each -> keptChains.add(ReferenceNames.chain(each)));
        // As -S lists quotes within quotes.
        String comment = ReferenceNames.networkComment(network).replace("\"", "\\\"");
        for (boolean v4 : new boolean[] {true, false}) {
            IptablesTable.legacy(path, v4, IptablesForwards.TABLE)
                    .ifPresent(table -> {
                        List<String> listed = table.list();
                        List<String> changes = new ArrayList<>();
                        List<String> done = new ArrayList<>(keptChains);
                        for (String each : listed) {
                            String chain = each.substring(each.lastIndexOf(' ') + 1);
                            boolean stale =
                                    each.startsWith("-A " + ReferenceNames.DNAT + " ")
                                            && each.contains(comment)
                                            && !done.contains(chain);
                            if (stale) {
                                done.add(chain);
                                removeChain(listed, chain, List.of(), changes);
                            }
                        }
                        table.change(changes);
                    });
        }
    }
}
