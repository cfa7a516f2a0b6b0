package dev.pontoon.linux;

/**
 * What a link is made of, in the kernel's word (IFLA_INFO_KIND). The list is open: a kind unknown
 * here is an ordinary value.
 *
 * @param name "bridge", "veth", "macvlan" …; empty for a link without a kind, such as hardware or
 *     lo
 */
public record LinkKind(String name) {
    public static final LinkKind BRIDGE = new LinkKind("bridge");
    public static final LinkKind VETH = new LinkKind("veth");

    /** Takes in what a filter redirects to it, queues it, and gives it back to where it was. */
    public static final LinkKind IFB = new LinkKind("ifb");

    public static final LinkKind NONE = new LinkKind("");

    // Spelled out for the sake of a cold start; see FileIdentity.
    @Override
    public boolean equals(Object other) {
        return other instanceof LinkKind that && name.equals(that.name);
    }

    @Override
    public int hashCode() {
        return name.hashCode();
    }
}
