package dev.pontoon.linux;

import dev.pontoon.linux.uapi.FibRules;
import dev.pontoon.linux.uapi.Netlink;
import dev.pontoon.linux.uapi.RtNetlink;
import java.util.ArrayList;
import java.util.List;

/** The policy routing rules of a namespace. See {@code ip rule}. */
public final class Rules {
    // struct fib_rule_hdr: u8 family, to prefix, from prefix, tos, table, 2 reserved, action; u32
    // flags
    private static final int HEADER_LENGTH = 12;

    private final NetlinkSocket socket;

    /** The rules of the namespace the socket was opened in. */
    public Rules(NetlinkSocket route) {
        this.socket = route;
    }

    /** Adds a rule. Throws {@link KernelException} with EEXIST if there is the same one already. */
    public void add(Rule rule) {
        int create = Netlink.NLM_F_CREATE | Netlink.NLM_F_EXCL;
        socket.execute(request(RtNetlink.RTM_NEWRULE, create, "add rule ", rule));
    }

    /**
     * Deletes the first rule like this one, with any priority if that is 0. Throws with ENOENT if
     * none is.
     */
    public void delete(Rule rule) {
        socket.execute(request(RtNetlink.RTM_DELRULE, 0, "delete rule ", rule));
    }

    private static NetlinkRequest request(int type, int flags, String verb, Rule rule) {
        NetlinkRequest request =
                new NetlinkRequest(type, flags, verb + rule)
                        .header((byte) rule.family(), (byte) 0, (byte) rule.prefixLength())
                        .header((byte) 0, (byte) RtNetlink.RT_TABLE_UNSPEC, (byte) 0, (byte) 0)
                        .header((byte) FibRules.FR_ACT_TO_TBL)
                        .headerInt(0)
                        .putInt(FibRules.FRA_TABLE, rule.table());
        if (rule.prefixLength() > 0) {
            request.put(FibRules.FRA_SRC, rule.from());
        }
        if (rule.priority() != 0) {
            request.putInt(FibRules.FRA_PRIORITY, rule.priority());
        }
        return request;
    }

    /**
     * The rules of a family (AF_INET, AF_INET6) in the order in which they are asked. Conditions
     * other than the source are not shown.
     */
    public List<Rule> list(int family) {
        NetlinkRequest request =
                new NetlinkRequest(RtNetlink.RTM_GETRULE, 0, "list rules")
                        .header((byte) family, (byte) 0, (byte) 0, (byte) 0)
                        .headerInt(0)
                        .headerInt(0);
        List<Rule> rules = new ArrayList<>();
        for (NetlinkMessage message : socket.dump(request)) {
            if (message.headerByte(0) == family) {
                rules.add(read(message, family));
            }
        }
        return rules;
    }

    private static Rule read(NetlinkMessage message, int family) {
        Attributes all = message.attributes(HEADER_LENGTH);
        boolean lookup = message.headerByte(7) == FibRules.FR_ACT_TO_TBL;
        return new Rule(
                all.bytes(FibRules.FRA_SRC).orElse(new byte[Family.addressLength(family)]),
                message.headerByte(2),
                lookup ? all.integer(FibRules.FRA_TABLE).orElse(message.headerByte(4)) : 0,
                all.integer(FibRules.FRA_PRIORITY).orElse(0));
    }
}
