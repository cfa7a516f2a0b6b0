package dev.pontoon.linux;

/**
 * An open file descriptor; closing it twice is harmless. Not safe for use by two threads at once.
 */
public final class Descriptor implements AutoCloseable {
    private int fd;

    Descriptor(int fd) {
        this.fd = fd;
    }

    /**
     * The number, for {@code /proc/self/fd/N}. Throws {@link IllegalStateException} once closed.
     */
    public int value() {
        if (fd < 0) {
            throw new IllegalStateException("descriptor is closed");
        }
        return fd;
    }

    /** Whether it has not been closed. */
    boolean isOpen() {
        return fd >= 0;
    }

    @Override
    public void close() {
        if (fd >= 0) {
            Libc.close(fd);
            fd = -1;
        }
    }
}
