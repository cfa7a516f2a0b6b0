package dev.pontoon.conformance.suite;

import dev.pontoon.conformance.lab.Lab;
import dev.pontoon.conformance.namespace.Container;

/**
 * A machine beyond the host: 192.0.2.2 and 2001:db8::2 on a network where the host is 192.0.2.1 and
 * 2001:db8::1. It knows the way back to containers, so that only what it sees tells masquerading.
 */
final class Outside {

    static final String ADDRESS = "192.0.2.2";
    static final String ADDRESS6 = "2001:db8::2";
    static final String HOST = "192.0.2.1";
    static final String HOST6 = "2001:db8::1";

    private static final String LINK = "ccworld";

    private final Container machine;

    /** Connects one; the host is taken off that network again after the last DEL. */
    Outside(Lab lab) {
        machine = lab.container();
        lab.host()
                .script(
                        "ip link add $1 type veth peer name ccuplink;"
                                + " ip link set $1 netns \"$2\";"
                                + " ip address add 192.0.2.1/24 dev ccuplink;"
                                + " ip address add 2001:db8::1/64 dev ccuplink nodad;"
                                + " ip link set ccuplink up;"
                                + " nsenter --net=\"$2\" ip address add 192.0.2.2/24 dev $1;"
                                + " nsenter --net=\"$2\" ip address add 2001:db8::2/64 dev $1 nodad;"
                                + " nsenter --net=\"$2\" ip link set $1 up;"
                                + " nsenter --net=\"$2\" ip route add 10.88.0.0/16 via 192.0.2.1;"
                                + " nsenter --net=\"$2\" ip -6 route add fd00:88::/48 via 2001:db8::1",
                        LINK,
                        machine.netns());
        lab.note(
                "connected container " + machine.id() + " to the host as a machine of the outside");
        lab.afterwards(() -> lab.host().tool("ip", "link", "del", "ccuplink"));
    }

    Container machine() {
        return machine;
    }
}
