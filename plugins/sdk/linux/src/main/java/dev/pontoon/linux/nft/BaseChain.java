package dev.pontoon.linux.nft;

/**
 * What makes a chain a base chain: the kernel calls it for every packet at a hook.
 *
 * @param type "filter", "nat" or "route"
 * @param hook where
 * @param priority lower comes first; see the constants
 * @param dropsByDefault the policy: whether a packet that no rule decided is dropped
 */
public record BaseChain(String type, Hook hook, int priority, boolean dropsByDefault) {
    /** raw of the families inet, ip and ip6: before connections are tracked. */
    public static final int RAW = -300;

    /** dstnat of the families inet, ip and ip6. */
    public static final int DESTINATION_NAT = -100;

    /** filter of the families inet, ip and ip6. */
    public static final int FILTER = 0;

    /** srcnat of the families inet, ip and ip6. */
    public static final int SOURCE_NAT = 100;

    /** dstnat of the family bridge. */
    public static final int BRIDGE_DESTINATION_NAT = -300;

    /** filter of the family bridge. */
    public static final int BRIDGE_FILTER = -200;

    /**
     * A chain that translates addresses; its policy is to accept, as only a connection's first
     * packet passes.
     */
    public static BaseChain nat(Hook hook, int priority) {
        return new BaseChain("nat", hook, priority, false);
    }

    /** A chain that lets pass whatever its rules do not drop. */
    public static BaseChain filter(Hook hook, int priority) {
        return new BaseChain("filter", hook, priority, false);
    }
}
