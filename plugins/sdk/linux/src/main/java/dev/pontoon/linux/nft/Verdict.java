package dev.pontoon.linux.nft;

import dev.pontoon.linux.uapi.NfTables;
import org.jspecify.annotations.Nullable;

/**
 * What becomes of a packet: the end of a rule, or the value of an element in a verdict map.
 *
 * @param code NF_DROP, NF_ACCEPT or one of NFT_CONTINUE … NFT_RETURN
 * @param chain the chain a jump or goto leads to; null for the others
 */
public record Verdict(int code, @Nullable String chain) {
    private static final int NF_DROP = 0;
    private static final int NF_ACCEPT = 1;

    /** Ends this base chain; chains of later priority still see the packet. */
    public static Verdict accept() {
        return new Verdict(NF_ACCEPT, null);
    }

    /** The packet is gone. */
    public static Verdict drop() {
        return new Verdict(NF_DROP, null);
    }

    /** Back to the chain that jumped here, or to the policy of a base chain. */
    public static Verdict returning() {
        return new Verdict(NfTables.NFT_RETURN, null);
    }

    /** On to the chain, and back here when that ends without a verdict. */
    public static Verdict jump(String chain) {
        return new Verdict(NfTables.NFT_JUMP, Names.requireReadable("chain", chain));
    }

    /** On to the chain, without coming back. */
    public static Verdict goTo(String chain) {
        return new Verdict(NfTables.NFT_GOTO, Names.requireReadable("chain", chain));
    }

    @Override
    public String toString() {
        return switch (code) {
            case NF_ACCEPT -> "accept";
            case NF_DROP -> "drop";
            case NfTables.NFT_CONTINUE -> "continue";
            case NfTables.NFT_JUMP -> "jump " + chain;
            case NfTables.NFT_GOTO -> "goto " + chain;
            case NfTables.NFT_RETURN -> "return";
            default -> "verdict " + code;
        };
    }
}
