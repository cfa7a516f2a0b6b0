package dev.pontoon.protocol;

import java.util.Optional;

/**
 * A failure that the runtime is told as an error document. The message says what was being done, to
 * what, and why it failed; the details say what more is known, or the way out.
 */
public final class CniException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final int code;
    private final String details;

    public CniException(ErrorCode code, String message) {
        this(code.number(), message, "");
    }

    /** {@code details} may be empty. */
    public CniException(ErrorCode code, String message, String details) {
        this(code.number(), message, details);
    }

    /** With any number: a delegate's error is passed on with the code that it chose. */
    public CniException(int code, String message, String details) {
        super(message);
        this.code = code;
        this.details = details;
    }

    /** The same failure with its cause, for the log. */
    public CniException because(Throwable cause) {
        initCause(cause);
        return this;
    }

    /** The error code; see {@link ErrorCode}. */
    public int code() {
        return code;
    }

    /** More than the message says; empty if there is no more. */
    public String details() {
        return details;
    }

    /** What the runtime reads: never null, never empty. */
    public String text() {
        String message = getMessage();
        return message == null || message.isEmpty() ? "failed without a reason" : message;
    }

    /** The failure that a plugin printed; empty if the bytes are no error document. */
    public static Optional<CniException> read(byte[] printed) {
        try {
            return ErrorDocument.read(Json.read(printed, "an error"));
        } catch (CniException e) {
            return Optional.empty();
        }
    }

    /**
     * The error document of spec section 5; {@code version} is the configuration's own text, empty
     * if unknown.
     */
    public String toJson(String version) {
        return Json.write(ErrorDocument.of(this, version));
    }
}
