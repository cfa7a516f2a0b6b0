package dev.pontoon.linux;

import com.sun.jna.Function;
import com.sun.jna.Native;
import com.sun.jna.NativeLibrary;
import com.sun.jna.Pointer;
import dev.pontoon.linux.uapi.Files;
import dev.pontoon.linux.uapi.Netlink;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/**
 * The calls of the C library that Pontoon makes, each as its man page describes it.
 *
 * <p>Every method throws {@link KernelException} where the C function returns -1, and repeats a
 * call that a signal interrupted (EINTR) wherever repeating is right. Functions are looked up one
 * by one rather than mapped as an interface: this is the style of JNA that starts fastest.
 */
final class Libc {
    private static final NativeLibrary C = NativeLibrary.getProcess();

    private static final Function SOCKET = C.getFunction("socket");
    private static final Function BIND = C.getFunction("bind");
    private static final Function LISTEN = C.getFunction("listen");
    private static final Function ACCEPT = C.getFunction("accept4");
    private static final Function CONNECT = C.getFunction("connect");
    private static final Function SHUTDOWN = C.getFunction("shutdown");
    private static final Function GETSOCKOPT = C.getFunction("getsockopt");
    private static final Function SENDTO = C.getFunction("sendto");
    private static final Function RECV = C.getFunction("recv");
    private static final Function SETSOCKOPT = C.getFunction("setsockopt");
    private static final Function CLOSE = C.getFunction("close");
    private static final Function OPEN = C.getFunction("open");
    private static final Function READ = C.getFunction("read");
    private static final Function WRITE = C.getFunction("write");
    private static final Function POLL = C.getFunction("poll");
    private static final Function SETNS = C.getFunction("setns");
    private static final Function IOCTL = C.getFunction("ioctl");
    private static final Function FSTATFS = C.getFunction("fstatfs");
    private static final Function FLOCK = C.getFunction("flock");
    private static final Function STATX = C.getFunction("statx");
    private static final Function SETXATTR = C.getFunction("setxattr");
    private static final Function UTIMENSAT = C.getFunction("utimensat");
    private static final Function GETRANDOM = C.getFunction("getrandom");
    private static final Function STRERROR = C.getFunction("strerror");

    private static final byte[] NOTHING = {};

    private Libc() {}

    /** socket(2). The descriptor is closed on exec only where {@code type} has SOCK_CLOEXEC. */
    static Descriptor socket(int domain, int type, int protocol) {
        return new Descriptor(
                check("open socket", SOCKET.invokeInt(new Object[] {domain, type, protocol})));
    }

    /** bind(2) with a socket address in the layout of the socket's family. */
    static void bind(Descriptor socket, byte[] address) {
        check(
                "bind socket",
                BIND.invokeInt(new Object[] {socket.value(), address, address.length}));
    }

    /** listen(2). */
    static void listen(Descriptor socket, int backlog) {
        check("listen", LISTEN.invokeInt(new Object[] {socket.value(), backlog}));
    }

    /** accept4(2): the next connection, closed on exec. */
    static Descriptor accept(Descriptor listener) {
        while (true) {
            int fd =
                    ACCEPT.invokeInt(
                            new Object[] {
                                listener.value(), Pointer.NULL, Pointer.NULL, Netlink.SOCK_CLOEXEC
                            });
            if (fd >= 0) {
                return new Descriptor(fd);
            }
            failUnlessInterrupted("accept a connection");
        }
    }

    /** connect(2) with a socket address in the layout of the socket's family. */
    static void connect(Descriptor socket, byte[] address, String what) {
        check(
                "connect to " + what,
                CONNECT.invokeInt(new Object[] {socket.value(), address, address.length}));
    }

    /** shutdown(2). */
    static void shutdown(Descriptor socket, int how) {
        check("shut down socket", SHUTDOWN.invokeInt(new Object[] {socket.value(), how}));
    }

    /** getsockopt(2) for a value that is a struct of ints. */
    static int[] option(Descriptor socket, int level, int option, int ints) {
        int[] value = new int[ints];
        int[] length = {4 * ints};
        check(
                "read socket option",
                GETSOCKOPT.invokeInt(new Object[] {socket.value(), level, option, value, length}));
        return value;
    }

    /** setsockopt(2) with an int for a value. */
    static void setOption(Descriptor socket, int level, int option, int value) {
        int[] boxed = {value};
        check(
                "set socket option",
                SETSOCKOPT.invokeInt(new Object[] {socket.value(), level, option, boxed, 4}));
    }

    /** sendto(2); an empty {@code address} sends to the connected or default peer. */
    static void send(Descriptor socket, byte[] message, int length, byte[] address) {
        while (true) {
            long sent =
                    SENDTO.invokeLong(
                            new Object[] {
                                socket.value(),
                                message,
                                (long) length,
                                0,
                                address.length == 0 ? Pointer.NULL : address,
                                address.length
                            });
            if (sent >= 0) {
                return;
            }
            failUnlessInterrupted("send");
        }
    }

    /**
     * recv(2): the next datagram, empty for EAGAIN. One that is longer than {@code most} is gone:
     * throws {@link TooLongException}.
     */
    static byte[] receive(Descriptor socket, int most, int flags) {
        Pointer buffer = Scratch.take(most);
        try {
            Object[] arguments = {socket.value(), buffer, (long) most, flags | Netlink.MSG_TRUNC};
            while (true) {
                long received = RECV.invokeLong(arguments);
                if (received > most) {
                    throw new TooLongException((int) received);
                }
                if (received >= 0) {
                    return buffer.getByteArray(0, (int) received);
                }
                if (Native.getLastError() == Errno.EAGAIN) {
                    return NOTHING;
                }
                failUnlessInterrupted("receive");
            }
        } finally {
            Scratch.giveBack(buffer, most);
        }
    }

    /** open(2). */
    static Descriptor open(String path, int flags, int mode) {
        while (true) {
            int fd = OPEN.invokeInt(new Object[] {cString(path), flags, mode});
            if (fd >= 0) {
                return new Descriptor(fd);
            }
            failUnlessInterrupted("open " + path);
        }
    }

    /** read(2): what there is, {@code most} bytes at most; empty at the end. */
    static byte[] read(Descriptor file, int most, String what) {
        Pointer buffer = Scratch.take(most);
        try {
            Object[] arguments = {file.value(), buffer, (long) most};
            while (true) {
                long count = READ.invokeLong(arguments);
                if (count >= 0) {
                    return count == 0 ? NOTHING : buffer.getByteArray(0, (int) count);
                }
                failUnlessInterrupted("read " + what);
            }
        } finally {
            Scratch.giveBack(buffer, most);
        }
    }

    /** write(2): how many of the first {@code length} bytes were written. */
    static int write(Descriptor file, byte[] bytes, int length, String what) {
        while (true) {
            long count = WRITE.invokeLong(new Object[] {file.value(), bytes, (long) length});
            if (count >= 0) {
                return (int) count;
            }
            failUnlessInterrupted("write " + what);
        }
    }

    /**
     * poll(2) on one descriptor: whether {@code events} (or an error) are ready within the time.
     */
    static boolean poll(Descriptor file, short events, int milliseconds) {
        // struct pollfd: int fd, short events, short revents
        byte[] pollfd = new byte[8];
        ByteBuffer.wrap(pollfd)
                .order(ByteOrder.nativeOrder())
                .putInt(file.value())
                .putShort(events);
        int ready = POLL.invokeInt(new Object[] {pollfd, 1L, milliseconds});
        if (ready < 0 && Native.getLastError() != Errno.EINTR) {
            throw failure("poll");
        }
        return ready > 0;
    }

    /** setns(2): moves the calling thread, and no other, into the namespace. */
    static void setns(Descriptor namespace, int type) {
        check("enter namespace", SETNS.invokeInt(new Object[] {namespace.value(), type}));
    }

    /** ioctl(2) without an argument. */
    static int ioctl(Descriptor file, int request, String what) {
        return check(what, IOCTL.invokeInt(new Object[] {file.value(), (long) request, 0L}));
    }

    /** fstatfs(2): the file system's magic number (f_type). */
    static long fileSystemType(Descriptor file) {
        // struct statfs is 120 bytes on every 64-bit Linux and starts with f_type as a long.
        long[] statfs = new long[32];
        check("statfs", FSTATFS.invokeInt(new Object[] {file.value(), statfs}));
        return statfs[0];
    }

    /**
     * statx(2) of an open file where {@code path} is empty, else of the path: its device number, as
     * {@code stat -c %d} prints it, and its inode.
     */
    static FileIdentity identity(int directory, String path) {
        // stx_ino, stx_dev_major, stx_dev_minor
        ByteBuffer in = statx(directory, path, Files.STATX_INO);
        long major = in.getInt(0x88) & 0xffffffffL;
        long minor = in.getInt(0x8c) & 0xffffffffL;
        // makedev(3)
        long device =
                (major & 0xfffff000L) << 32
                        | (major & 0xfff) << 8
                        | (minor & 0xffffff00L) << 12
                        | (minor & 0xff);
        return new FileIdentity(device, in.getLong(0x20));
    }

    /** statx(2) of an open file: how many names it has left. */
    static int nameCount(Descriptor file) {
        // stx_nlink
        return statx(file.value(), "", Files.STATX_NLINK).getInt(0x10);
    }

    /** statx(2): modification time and change time in nanoseconds since 1970. */
    static Inode.Times times(String path) {
        ByteBuffer in = statx(Files.AT_FDCWD, path, Files.STATX_MTIME | Files.STATX_CTIME);
        return new Inode.Times(nanoseconds(in, 0x70), nanoseconds(in, 0x60));
    }

    private static long nanoseconds(ByteBuffer in, int at) {
        // struct statx_timestamp: s64 seconds, u32 nanoseconds
        return in.getLong(at) * 1_000_000_000 + in.getInt(at + 8);
    }

    /** struct statx, which is the same on every architecture. */
    private static ByteBuffer statx(int directory, String path, int mask) {
        byte[] statx = new byte[256];
        Object[] arguments = {directory, cString(path), Files.AT_EMPTY_PATH, mask, statx};
        check("stat " + path, STATX.invokeInt(arguments));
        return ByteBuffer.wrap(statx).order(ByteOrder.nativeOrder());
    }

    /** utimensat(2): sets the modification time, in nanoseconds since 1970. */
    static void setModified(String path, long nanoseconds) {
        // two struct timespec: the access time, which stays, and the modification time
        long[] times = {
            0,
            Files.UTIME_OMIT,
            Math.floorDiv(nanoseconds, 1_000_000_000),
            Math.floorMod(nanoseconds, 1_000_000_000)
        };
        check(
                "set the time of " + path,
                UTIMENSAT.invokeInt(new Object[] {Files.AT_FDCWD, cString(path), times, 0}));
    }

    /** setxattr(2): makes or replaces an extended attribute. */
    static void setAttribute(String path, String name, byte[] value) {
        Object[] arguments = {cString(path), cString(name), value, (long) value.length, 0};
        check("set attribute " + name + " of " + path, SETXATTR.invokeInt(arguments));
    }

    /** getrandom(2): fills the array; up to 256 bytes come at once. */
    static void random(byte[] bytes) {
        long count = GETRANDOM.invokeLong(new Object[] {bytes, (long) bytes.length, 0});
        check("get random numbers", count == bytes.length ? 0 : -1);
    }

    /** flock(2): whether the lock was taken; false only where {@code operation} has LOCK_NB. */
    static boolean flock(Descriptor file, int operation, String what) {
        while (true) {
            if (FLOCK.invokeInt(new Object[] {file.value(), operation}) == 0) {
                return true;
            }
            if (Native.getLastError() == Errno.EAGAIN) {
                return false;
            }
            failUnlessInterrupted("lock " + what);
        }
    }

    /** close(2); errors are of no use to anybody at that point and are dropped. */
    static void close(int fd) {
        CLOSE.invokeInt(new Object[] {fd});
    }

    /** strerror(3): "File exists". */
    static String errorText(int errno) {
        Pointer text = STRERROR.invokePointer(new Object[] {errno});
        return text == null ? "error " + errno : text.getString(0);
    }

    /** The text in UTF-8 with the final zero byte that C expects. */
    static byte[] cString(String text) {
        if (text.indexOf('\0') >= 0) {
            throw new IllegalArgumentException("text with a zero byte: " + text.replace('\0', '?'));
        }
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        byte[] terminated = new byte[bytes.length + 1];
        System.arraycopy(bytes, 0, terminated, 0, bytes.length);
        return terminated;
    }

    private static int check(String operation, int result) {
        if (result < 0) {
            throw failure(operation);
        }
        return result;
    }

    private static void failUnlessInterrupted(String operation) {
        if (Native.getLastError() != Errno.EINTR) {
            throw failure(operation);
        }
    }

    private static KernelException failure(String operation) {
        return new KernelException(operation, Native.getLastError());
    }
}
