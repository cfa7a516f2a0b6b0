package dev.pontoon.protocol;

/** Error codes: those of the spec (section 5, Error), and from 100 on Pontoon's own. */
public enum ErrorCode {
    INCOMPATIBLE_VERSION(1),
    UNSUPPORTED_FIELD(2),
    UNKNOWN_CONTAINER(3),
    INVALID_ENVIRONMENT(4),
    IO_FAILURE(5),
    DECODE_FAILURE(6),
    INVALID_CONFIG(7),
    /**
     * Not in the spec's table; the reference plugins and libcni use it for an unusable CNI_NETNS.
     */
    INVALID_NETNS(8),
    TRY_AGAIN_LATER(11),
    /** STATUS: an ADD cannot be served. */
    NOT_AVAILABLE(50),
    /** STATUS: an ADD cannot be served, and containers that are attached already suffer as well. */
    NOT_AVAILABLE_LIMITED(51),
    /** The kernel refused an operation. */
    KERNEL(100),
    /** The call was stopped by a signal and undone. */
    STOPPED(101),
    /** The attachment or its interface exists already. */
    ALREADY_ATTACHED(102),
    /** CHECK found that the attachment is not what it was after ADD. */
    CHECK_FAILED(103),
    /** No address is free, or the requested one is not. */
    NO_ADDRESS(104),
    /**
     * Another program that was asked for (a delegate, iptables) cannot be run or failed without a
     * reason.
     */
    PROGRAM_FAILED(105),
    /** DEL or GC could not remove everything. */
    CLEANUP_INCOMPLETE(106),
    /** A bug in the plugin; the stack trace is on stderr. */
    INTERNAL(999);

    private final int number;

    ErrorCode(int number) {
        this.number = number;
    }

    /** The number that goes into the error document. */
    public int number() {
        return number;
    }
}
