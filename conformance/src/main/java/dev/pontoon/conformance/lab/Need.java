package dev.pontoon.conformance.lab;

import dev.pontoon.conformance.host.Host;

/**
 * Something of the machine that a case cannot do without; where it is missing the case is skipped.
 */
public enum Need {
    NFT("the nft command", "nft --version"),
    IPTABLES("the iptables command", "iptables --version"),
    PING("the ping command", "ping -V"),
    TCPDUMP("the tcpdump command", "tcpdump --version"),
    PYTHON("the python3 command", "python3 --version"),
    SOCAT("the socat command", "socat -V"),
    USER_NAMESPACES(
            "user namespaces for unprivileged users",
            "setpriv --reuid=65534 --regid=65534 --clear-groups unshare --user --map-root-user --net --mount true"),
    BRIDGE_VLAN_FILTERING(
            "a kernel with bridge VLAN filtering",
            "ip link add ccvlan type bridge vlan_filtering 1 && ip link del ccvlan"),
    TRAFFIC_CONTROL(
            "a kernel with tbf and ifb",
            "ip link add ccifb type ifb && tc qdisc add dev ccifb root tbf rate 1mbit burst 10k latency 50ms"
                    + " && ip link del ccifb"),
    MACVLAN(
            "a kernel with macvlan",
            "ip link add ccv type veth peer ccw && ip link add ccm link ccv type macvlan; e=$?; ip link del ccv; exit $e"),
    VLAN(
            "a kernel with 802.1q",
            "ip link add ccv type veth peer ccw && ip link add ccm link ccv type vlan id 5; e=$?; ip link del ccv; exit $e");

    private final String what;
    private final String probe;

    Need(String what, String probe) {
        this.what = what;
        this.probe = probe;
    }

    /** What it is, in words. */
    public String what() {
        return what;
    }

    /** Whether the machine has it; tried in a host. */
    public boolean isMet(Host host) {
        return host.tool("sh", "-c", probe).exit() == 0;
    }
}
