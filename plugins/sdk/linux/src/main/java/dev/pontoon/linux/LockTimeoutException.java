package dev.pontoon.linux;

import java.nio.file.Path;

/** A lock was not to be had: somebody else kept it for too long, or the wait was called off. */
public final class LockTimeoutException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final String file;

    LockTimeoutException(Path file, String reason) {
        super("lock " + file + ": " + reason);
        this.file = file.toString();
    }

    /** The lock file. */
    public Path file() {
        return Path.of(file);
    }
}
