package dev.pontoon.linux.nft;

/**
 * What one rule would do with a {@link ForwardedPacket}.
 *
 * @param certain whether the rule matches for certain; if not, it may
 * @param action what it does with what it matches
 * @param chain where a jump or goto leads; empty for the others
 */
public record RuleOutcome(boolean certain, Action action, String chain) {
    /** What becomes of a packet. */
    public enum Action {
        ACCEPT,
        /** Dropped, or rejected. */
        REFUSE,
        JUMP,
        GOTO,
        RETURN,
        /** On to the next rule: it does not match, or does nothing that matters here. */
        NOTHING
    }

    /** Of a rule that cannot match. */
    public static final RuleOutcome NONE = new RuleOutcome(true, Action.NOTHING, "");
}
