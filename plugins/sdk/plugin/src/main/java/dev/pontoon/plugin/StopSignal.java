package dev.pontoon.plugin;

import dev.pontoon.protocol.CniException;
import dev.pontoon.protocol.ErrorCode;

/**
 * Whether a call should end early, because the runtime sent a signal. ADD looks at it after each
 * step and is rolled back; DEL and GC do not look, they are sooner done than undone.
 */
public final class StopSignal {
    private final Source source;
    private volatile String signal = "";

    /** Where a signal may come from that nobody calls {@link #request} for. */
    public interface Source {
        /** Looks, and does not wait: what has come, such as "SIGTERM", or the empty text. */
        String look();
    }

    /** Comes by {@link #request} only. */
    public StopSignal() {
        this(
                new Source() {
                    @Override
                    public String look() {
                        return "";
                    }
                });
    }

    /** Comes from a source too, which is looked at whenever somebody asks. */
    public StopSignal(Source source) {
        this.source = source;
    }

    /** Asks the call to end; {@code signal} is what the runtime sent: "SIGTERM". */
    public void request(String signal) {
        this.signal = signal;
    }

    /** Whether the call should end. */
    public boolean isRequested() {
        if (signal.isEmpty()) {
            signal = source.look();
        }
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
