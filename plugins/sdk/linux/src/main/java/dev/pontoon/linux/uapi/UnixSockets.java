package dev.pontoon.linux.uapi;

/** Constants of {@code sys/socket.h} for unix(7) sockets. */
public final class UnixSockets {
    public static final int AF_UNIX = 1;
    public static final int SOCK_STREAM = 1;
    public static final int SOCK_DGRAM = 2;

    public static final int SOL_SOCKET = 1;
    public static final int SO_PEERCRED = 17;

    public static final int SHUT_RD = 0;

    private UnixSockets() {}
}
