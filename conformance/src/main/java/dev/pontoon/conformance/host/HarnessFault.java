package dev.pontoon.conformance.host;

/** The harness or the machine under it is at fault; nothing was learnt about the plugin. */
public final class HarnessFault extends RuntimeException {

    public HarnessFault(String message) {
        super(message);
    }

    public HarnessFault(String message, Throwable cause) {
        super(message, cause);
    }

    /** What happened, in words. */
    public String reason() {
        return String.valueOf(getMessage()).strip();
    }
}
