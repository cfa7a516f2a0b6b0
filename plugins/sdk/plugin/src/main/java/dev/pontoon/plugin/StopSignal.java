package dev.pontoon.plugin;

import dev.pontoon.protocol.CniException;
import dev.pontoon.protocol.ErrorCode;

/**
 * Whether a call should end early, because the runtime sent a signal. ADD looks at it after each
 * step and is rolled back; DEL and GC do not look, they are sooner done than undone.
 */
public final class StopSignal {
    private volatile String signal = "";

    /** Asks the call to end; {@code signal} is what the runtime sent: "SIGTERM". */
    public void request(String signal) {
        this.signal = signal;
    }

    /** Whether the call should end. */
    public boolean isRequested() {
        return !signal.isEmpty();
    }

    /** Throws code 101 if the call should end. */
    public void check() {
        if (isRequested()) {
            throw new CniException(
                    ErrorCode.STOPPED,
                    "stopped by " + signal + ", and what had been made was removed again",
                    "the runtime gave up waiting; the call may be repeated");
        }
    }
}
