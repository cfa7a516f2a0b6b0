package dev.pontoon.attachment;

import dev.pontoon.linux.Links;
import dev.pontoon.linux.NetlinkSocket;
import dev.pontoon.linux.NetworkNamespace;
import dev.pontoon.plugin.StopSignal;
import dev.pontoon.protocol.CniException;
import dev.pontoon.protocol.ErrorCode;
import java.time.Duration;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/**
 * An earlier ADD of the same attachment, which the ledger knows. One that lives is a reason to
 * refuse the new one before anything is touched, the IPAM plugin included: its DEL would free a
 * live address. One that was never finished, or whose link has died with its namespace, is a
 * remainder.
 */
public final class EarlierAdd {
    /** How long the links of a namespace that is gone may still be there. */
    private static final Duration DYING = Duration.ofSeconds(2);

    private static final Duration LOOK_AGAIN = Duration.ofMillis(5);

    private final AttachmentRecord record;
    private final BooleanSupplier isAlive;

    /**
     * @param record what the ledger says of it
     * @param isAlive whether its link on the host is there, asked anew each time
     */
    public EarlierAdd(AttachmentRecord record, BooleanSupplier isAlive) {
        this.record = record;
        this.isAlive = isAlive;
    }

    /**
     * Returns if what it left may be removed, and throws code 102 if it lives.
     *
     * @param netns the namespace of the new ADD
     * @param container a socket into it
     * @param stop ends the waiting for a namespace that is on its way out
     */
    public void requireDead(NetworkNamespace netns, NetlinkSocket container, StopSignal stop) {
        if (!record.isReadable()) {
            // Whether it lives can only be seen inside.
            VethPair.requireFree(record.attachment().ifname(), netns, new Links(container));
        }
        if (record.isFinished() && isAlive.getAsBoolean() && !diesWithItsNamespace(netns, stop)) {
            throw new CniException(
                    ErrorCode.ALREADY_ATTACHED,
                    "attach "
                            + record.attachment()
                            + ": it is attached already, by "
                            + record.hostVeth(),
                    "DEL it first");
        }
    }

    /**
     * Whether the container has another namespace by now, and what the earlier one had is going:
     * the kernel takes the links of a dead namespace away a little later.
     */
    private boolean diesWithItsNamespace(NetworkNamespace netns, StopSignal stop) {
        return !record.isOf(netns) && goes(isAlive, stop);
    }

    /**
     * Whether what dies with a namespace that is gone does so within two seconds.
     *
     * @param isThere asked anew each time
     * @param stop ends the waiting
     */
    public static boolean goes(BooleanSupplier isThere, StopSignal stop) {
        long end = System.nanoTime() + DYING.toNanos();
        while (isThere.getAsBoolean()) {
            stop.check();
            if (System.nanoTime() - end > 0) {
                return false;
            }
            LockSupport.parkNanos(LOOK_AGAIN.toNanos());
        }
        return true;
    }
}
