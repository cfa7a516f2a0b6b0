package dev.pontoon.linux;

import dev.pontoon.linux.uapi.PktSched;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A queueing discipline: how a link sends, or the place where filters look at what it takes in.
 *
 * @param link the index of its link
 * @param kind the kernel's word: "tbf", "ingress", "noqueue" …
 * @param handle its number, major above minor; 0 for what the kernel gave the link by itself
 * @param parent where it is: TC_H_ROOT, TC_H_INGRESS, or the handle of a class
 * @param tokenBucket of a tbf; null for another kind
 */
public record Qdisc(
        int link, String kind, int handle, int parent, @Nullable TokenBucket tokenBucket) {
    private static final String TBF = "tbf";
    private static final String INGRESS = "ingress";
    private static final int FIRST_HANDLE = 1 << 16;
    static final int INGRESS_HANDLE = 0xffff << 16;

    /** Limits what a link sends: the qdisc {@code 1:} at its root. */
    public static Qdisc limiting(int link, TokenBucket bucket) {
        return new Qdisc(link, TBF, FIRST_HANDLE, PktSched.TC_H_ROOT, bucket);
    }

    /** Has filters look at what a link takes in: the qdisc {@code ffff:}. */
    public static Qdisc ingress(int link) {
        return new Qdisc(link, INGRESS, INGRESS_HANDLE, PktSched.TC_H_INGRESS, null);
    }

    /** Whether it is where a link sends by, and not a part of that. */
    public boolean isRoot() {
        return parent == PktSched.TC_H_ROOT;
    }

    /** Whether it is where filters look at what a link takes in; clsact is another such kind. */
    public boolean isIngress() {
        return parent == PktSched.TC_H_INGRESS;
    }

    /** Whether it has the place, handle and kind of {@link #ingress}. */
    public boolean isPlainIngress() {
        return isIngress() && handle == INGRESS_HANDLE && kind.equals(INGRESS);
    }

    /** Whether somebody made it. */
    public boolean isChosen() {
        return handle != 0;
    }

    /** Whether it has the place, handle and kind of {@link #limiting}. */
    public boolean limits() {
        return isRoot() && handle == FIRST_HANDLE && kind.equals(TBF);
    }

    /** The token bucket of a tbf. */
    public Optional<TokenBucket> bucket() {
        return Optional.ofNullable(tokenBucket);
    }

    /** As tc names it: {@code tbf 1:}. */
    public String describe() {
        return kind + " " + Integer.toHexString(handle >>> 16) + ":";
    }
}
