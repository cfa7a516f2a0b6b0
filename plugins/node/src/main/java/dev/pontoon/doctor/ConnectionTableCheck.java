package dev.pontoon.doctor;

import java.util.List;
import java.util.Optional;

/** How full the kernel's table of connections is: a full one drops every new connection. */
final class ConnectionTableCheck implements Check {
    private static final int NEARLY_FULL_PERCENT = 90;
    private static final int HUNDRED = 100;

    @Override
    public String name() {
        return "connections";
    }

    @Override
    public String subject() {
        return "the kernel's table of connections";
    }

    @Override
    public List<Finding> look(Node node) {
        Optional<String> count = node.sysctl("net", "netfilter", "nf_conntrack_count");
        Optional<String> limit = node.sysctl("net", "netfilter", "nf_conntrack_max");
        if (count.isEmpty() || limit.isEmpty()) {
            return List.of();
        }
        return of(Long.parseLong(count.get()), Long.parseLong(limit.get()));
    }

    /** A limit of 0 is none. */
    static List<Finding> of(long count, long limit) {
        if (limit == 0 || count * HUNDRED < limit * NEARLY_FULL_PERCENT) {
            return List.of();
        }
        return List.of(
                new Finding(
                        count >= limit ? Severity.BROKEN : Severity.WILL_BREAK,
                        "net.netfilter.nf_conntrack_max",
                        "is " + limit + ", and " + count + " connections are in the table",
                        "new connections of containers are dropped when it is full (\"nf_conntrack: table full\")",
                        Mend.by("sysctl -w net.netfilter.nf_conntrack_max=" + limit * 2)
                                .knowing("for every boot: a line in /etc/sysctl.d")));
    }
}
