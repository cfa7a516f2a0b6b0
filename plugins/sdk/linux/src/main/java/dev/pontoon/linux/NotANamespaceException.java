package dev.pontoon.linux;

/** A path does not lead to a network namespace. Nothing was changed when this is thrown. */
public final class NotANamespaceException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final String path;
    private final String reason;
    private final boolean missing;

    NotANamespaceException(String path, String reason, boolean missing) {
        super("open network namespace " + path + ": " + reason);
        this.path = path;
        this.reason = reason;
        this.missing = missing;
    }

    /** The path as it was given. */
    public String path() {
        return path;
    }

    /** Why it is none: "it is a plain file", "No such file or directory (ENOENT)". */
    public String reason() {
        return reason;
    }

    /**
     * Whether there is nothing at all at the path: it is empty, the file is gone, or the process it
     * names has ended. False if something else is there, such as the plain file that an unmounted
     * namespace leaves.
     */
    public boolean missing() {
        return missing;
    }
}
