package dev.pontoon.linux;

import org.jspecify.annotations.Nullable;

/**
 * The kernel refused an operation. The message names the operation with its object, the reason, and
 * what the kernel itself said about it (netlink extended acknowledgement), if it said anything:
 * {@code add address 10.1.0.1/24 to cni0: File exists (EEXIST)}.
 */
public final class KernelException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final String operation;
    private final int errno;
    private final @Nullable String kernelMessage;

    /**
     * {@code operation} is what was being done and to what, in the infinitive: "create bridge
     * cni0".
     */
    public KernelException(String operation, int errno) {
        this(operation, errno, null);
    }

    /** As above, with the kernel's own sentence; null or empty if there was none. */
    public KernelException(String operation, int errno, @Nullable String kernelMessage) {
        super(describe(operation, errno, kernelMessage));
        this.operation = operation;
        this.errno = errno;
        this.kernelMessage = kernelMessage;
    }

    /** What was being done, and to what. */
    public String operation() {
        return operation;
    }

    /** The error number, one of the constants in {@link Errno}. */
    public int errno() {
        return errno;
    }

    /** Whether the error number is this one. */
    public boolean is(int errno) {
        return this.errno == errno;
    }

    /** The same failure, told as a part of {@code operation}. */
    public KernelException during(String operation) {
        KernelException told = new KernelException(operation, errno, kernelMessage);
        told.addSuppressed(this);
        return told;
    }

    /** The same failure with its operation told in other words. */
    KernelException retold(String operation) {
        KernelException told = new KernelException(operation, errno, kernelMessage);
        for (Throwable each : getSuppressed()) {
            told.addSuppressed(each);
        }
        return told;
    }

    private static String describe(String operation, int errno, @Nullable String kernelMessage) {
        String text = operation + ": " + Errno.describe(errno);
        return kernelMessage == null || kernelMessage.isEmpty()
                ? text
                : text + ": " + kernelMessage;
    }
}
