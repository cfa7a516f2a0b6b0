package dev.pontoon.plugin;

import dev.pontoon.linux.KernelException;
import dev.pontoon.protocol.CniException;
import dev.pontoon.protocol.ErrorCode;
import java.util.ArrayList;
import java.util.List;

/**
 * The steps of DEL or GC: every one runs, failures are collected, and {@link #finish} reports them
 * all at once. A step throws only if something is really left; "already gone" is success and the
 * step's own business.
 */
public final class Cleanup {
    private final List<RuntimeException> failures = new ArrayList<>();

    /**
     * Runs one step; {@code what} in the infinitive: "delete veth12ab". Returns whether it
     * succeeded.
     */
    public boolean step(String what, Runnable action) {
        try {
            action.run();
            return true;
        } catch (CniException | KernelException e) {
            failures.add(e);
        } catch (OutOfMemoryError e) {
            // The other steps would fare no better; somebody with more memory does them all.
            throw e;
        } catch (RuntimeException | Error e) {
            failures.add(new IllegalStateException("could not " + what + ": " + e, e));
        }
        return false;
    }

    /** Whether every step so far succeeded. */
    public boolean isComplete() {
        return failures.isEmpty();
    }

    /** Throws if a step failed: the one failure itself with its code, or several told together. */
    public void finish() {
        if (failures.isEmpty()) {
            return;
        }
        if (failures.size() == 1) {
            throw failures.getFirst();
        }
        List<String> messages = new ArrayList<>();
        for (RuntimeException failure : failures) {
            messages.add(failure.getMessage());
        }
        CniException all =
                new CniException(
                        code(),
                        failures.size() + " steps failed: " + String.join("; ", messages),
                        "everything else was removed; repeat the call once the cause is mended");
        failures.forEach(all::addSuppressed);
        throw all;
    }

    /** A delegate's code is kept, as the runtime may know what it means. */
    private int code() {
        for (RuntimeException failure : failures) {
            if (failure instanceof CniException cni) {
                return cni.code();
            }
        }
        return ErrorCode.CLEANUP_INCOMPLETE.number();
    }
}
