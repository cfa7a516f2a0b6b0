package dev.pontoon.linux;

import com.sun.jna.Native;
import com.sun.jna.Pointer;
import dev.pontoon.linux.uapi.Files;
import dev.pontoon.linux.uapi.Netlink;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * The calls of the C library that Pontoon makes, each as its man page describes it.
 *
 * <p>Every method throws {@link KernelException} where the C function returns -1, and repeats a
 * call that a signal interrupted (EINTR) wherever repeating is right.
 */
final class Libc {
    private static final byte[] NOTHING = {};

    private static final AtomicReference<CLibrary> LIBRARY =
            new AtomicReference<>(new FoundLibrary());

    private Libc() {}

    /** See {@link NativeCalls#bind}. */
    static void bindAll() {
        if (!(c() instanceof BoundLibrary)) {
            LIBRARY.set(new BoundLibrary());
        }
    }

    private static CLibrary c() {
        return LIBRARY.get();
    }

    /** socket(2). The descriptor is closed on exec only where {@code type} has SOCK_CLOEXEC. */
    static Descriptor socket(int domain, int type, int protocol) {
        return new Descriptor(check("open socket", c().socket(domain, type, protocol)));
    }

    /** bind(2) with a socket address in the layout of the socket's family. */
    static void bind(Descriptor socket, byte[] address) {
        try (Scratch memory = Scratch.of(address, 0, address.length)) {
            check("bind socket", c().bind(socket.value(), memory.address(), address.length));
        }
    }

    /** listen(2). */
    static void listen(Descriptor socket, int backlog) {
        check("listen", c().listen(socket.value(), backlog));
    }

    /** accept4(2): the next connection, closed on exec. */
    static Descriptor accept(Descriptor listener) {
        while (true) {
            int fd = c().accept4(listener.value(), 0, 0, Netlink.SOCK_CLOEXEC);
            if (fd >= 0) {
                return new Descriptor(fd);
            }
            failUnlessInterrupted("accept a connection");
        }
    }

    /** connect(2) with a socket address in the layout of the socket's family. */
    static void connect(Descriptor socket, byte[] address, String what) {
        try (Scratch memory = Scratch.of(address, 0, address.length)) {
            int result = c().connect(socket.value(), memory.address(), address.length);
            check("connect to " + what, result);
        }
    }

    /** shutdown(2). */
    static void shutdown(Descriptor socket, int how) {
        check("shut down socket", c().shutdown(socket.value(), how));
    }

    /** getsockopt(2) for a value that is a struct of ints. */
    static int[] option(Descriptor socket, int level, int option, int ints) {
        // The value, and behind it how long it is.
        int end = Integer.BYTES * ints;
        try (Scratch memory = Scratch.take(end + Integer.BYTES)) {
            memory.putInt(end, end);
            long at = memory.address();
            check(
                    "read socket option",
                    c().getsockopt(socket.value(), level, option, at, at + end));
            int[] value = new int[ints];
            for (int i = 0; i < ints; i++) {
                value[i] = memory.getInt(Integer.BYTES * i);
            }
            return value;
        }
    }

    /** setsockopt(2) with an int for a value. */
    static void setOption(Descriptor socket, int level, int option, int value) {
        try (Scratch memory = Scratch.take(Integer.BYTES)) {
            memory.putInt(0, value);
            long at = memory.address();
            check(
                    "set socket option",
                    c().setsockopt(socket.value(), level, option, at, Integer.BYTES));
        }
    }

    /** sendto(2); an empty {@code address} sends to the connected or default peer. */
    static void send(Descriptor socket, byte[] message, int length, byte[] address) {
        try (Scratch memory = Scratch.take(length + address.length)) {
            memory.put(0, message, 0, length);
            memory.put(length, address, 0, address.length);
            long at = memory.address();
            long to = address.length == 0 ? 0 : at + length;
            while (c().sendto(socket.value(), at, length, 0, to, address.length) < 0) {
                failUnlessInterrupted("send");
            }
        }
    }

    /**
     * recv(2): the next datagram, empty for EAGAIN. One that is longer than {@code most} is gone:
     * throws {@link TooLongException}.
     */
    static byte[] receive(Descriptor socket, int most, int flags) {
        try (Scratch memory = Scratch.take(most)) {
            while (true) {
                int how = flags | Netlink.MSG_TRUNC;
                long received = c().recv(socket.value(), memory.address(), most, how);
                if (received > most) {
                    throw new TooLongException((int) received);
                }
                if (received >= 0) {
                    return memory.bytes((int) received);
                }
                if (Native.getLastError() == Errno.EAGAIN) {
                    return NOTHING;
                }
                failUnlessInterrupted("receive");
            }
        }
    }

    /** open(2). */
    static Descriptor open(String path, int flags, int mode) {
        int fd = tryToOpen(path, flags, mode);
        if (fd < 0) {
            throw failure("open " + path);
        }
        return new Descriptor(fd);
    }

    /** open(2); null if there is no such file (ENOENT), which costs less than an exception. */
    static @Nullable Descriptor openIfThere(String path, int flags, int mode) {
        int fd = tryToOpen(path, flags, mode);
        if (fd < 0 && Native.getLastError() != Errno.ENOENT) {
            throw failure("open " + path);
        }
        return fd < 0 ? null : new Descriptor(fd);
    }

    private static int tryToOpen(String path, int flags, int mode) {
        try (Scratch memory = Scratch.of(path)) {
            int fd;
            do {
                fd = c().open(memory.address(), flags, mode);
            } while (fd < 0 && Native.getLastError() == Errno.EINTR);
            return fd;
        }
    }

    /** read(2): what there is, {@code most} bytes at most; empty at the end. */
    static byte[] read(Descriptor file, int most, String what) {
        try (Scratch memory = Scratch.take(most)) {
            while (true) {
                long count = c().read(file.value(), memory.address(), most);
                if (count >= 0) {
                    return count == 0 ? NOTHING : memory.bytes((int) count);
                }
                failUnlessInterrupted("read " + what);
            }
        }
    }

    /** write(2): how many of the first {@code length} bytes were written. */
    static int write(Descriptor file, byte[] bytes, int length, String what) {
        try (Scratch memory = Scratch.of(bytes, 0, length)) {
            while (true) {
                long count = c().write(file.value(), memory.address(), length);
                if (count >= 0) {
                    return (int) count;
                }
                failUnlessInterrupted("write " + what);
            }
        }
    }

    /**
     * poll(2) on one descriptor: whether {@code events} (or an error) are ready within the time.
     */
    static boolean poll(Descriptor file, short events, int milliseconds) {
        // struct pollfd: int fd, short events, short revents
        try (Scratch memory = Scratch.take(8)) {
            memory.putInt(0, file.value());
            memory.putShort(4, events);
            int ready = c().poll(memory.address(), 1, milliseconds);
            if (ready < 0 && Native.getLastError() != Errno.EINTR) {
                throw failure("poll");
            }
            return ready > 0;
        }
    }

    /** setns(2): moves the calling thread, and no other, into the namespace. */
    static void setns(Descriptor namespace, int type) {
        check("enter namespace", c().setns(namespace.value(), type));
    }

    /** ioctl(2) without an argument. */
    static int ioctl(Descriptor file, int request, String what) {
        return check(what, c().ioctl(file.value(), request, 0));
    }

    /** fstatfs(2): the file system's magic number (f_type). */
    static long fileSystemType(Descriptor file) {
        // struct statfs is 120 bytes on every 64-bit Linux and starts with f_type as a long.
        try (Scratch memory = Scratch.take(256)) {
            check("statfs", c().fstatfs(file.value(), memory.address()));
            return memory.getLong(0);
        }
    }

    /**
     * statx(2) of an open file where {@code path} is empty, else of the path: its device number, as
     * {@code stat -c %d} prints it, and its inode.
     */
    static FileIdentity identity(int directory, String path) {
        try (Scratch answer = statx(directory, path, Files.STATX_INO)) {
            // stx_ino, stx_dev_major, stx_dev_minor
            long major = answer.getInt(0x88) & 0xffffffffL;
            long minor = answer.getInt(0x8c) & 0xffffffffL;
            // makedev(3)
            long device =
                    (major & 0xfffff000L) << 32
                            | (major & 0xfff) << 8
                            | (minor & 0xffffff00L) << 12
                            | (minor & 0xff);
            return new FileIdentity(device, answer.getLong(0x20));
        }
    }

    /**
     * statx(2) of an open file where {@code path} is empty, else of the path: how many names it
     * has.
     */
    static int nameCount(int directory, String path) {
        try (Scratch answer = statx(directory, path, Files.STATX_NLINK)) {
            // stx_nlink
            return answer.getInt(0x10);
        }
    }

    /** statx(2) of an open file: its length in bytes. */
    static long length(Descriptor file) {
        try (Scratch answer = statx(file.value(), "", Files.STATX_SIZE)) {
            // stx_size
            return answer.getLong(0x28);
        }
    }

    /** statx(2): modification time and change time in nanoseconds since 1970. */
    static Inode.Times times(String path) {
        int mask = Files.STATX_MTIME | Files.STATX_CTIME;
        try (Scratch answer = statx(Files.AT_FDCWD, path, mask)) {
            // stx_mtime, stx_ctime
            return new Inode.Times(nanoseconds(answer, 0x70), nanoseconds(answer, 0x60));
        }
    }

    private static long nanoseconds(Scratch statx, int at) {
        // struct statx_timestamp: s64 seconds, u32 nanoseconds
        return statx.getLong(at) * 1_000_000_000 + statx.getInt(at + 8);
    }

    /** struct statx, which is the same on every architecture. Close it. */
    private static Scratch statx(int directory, String path, int mask) {
        Scratch answer = Scratch.take(256);
        try (Scratch memory = Scratch.of(path)) {
            int flags = Files.AT_EMPTY_PATH;
            int result = c().statx(directory, memory.address(), flags, mask, answer.address());
            if (result < 0) {
                throw failure("stat " + path);
            }
            return answer;
        } catch (RuntimeException e) {
            answer.close();
            throw e;
        }
    }

    /** utimensat(2): sets the modification time, in nanoseconds since 1970. */
    static void setModified(String path, long nanoseconds) {
        try (Scratch memory = Scratch.of(path);
                Scratch times = Scratch.take(4 * Long.BYTES)) {
            // two struct timespec: the access time, which stays, and the modification time
            times.putLong(0, 0);
            times.putLong(8, Files.UTIME_OMIT);
            times.putLong(16, Math.floorDiv(nanoseconds, 1_000_000_000));
            times.putLong(24, Math.floorMod(nanoseconds, 1_000_000_000));
            int result = c().utimensat(Files.AT_FDCWD, memory.address(), times.address(), 0);
            if (result < 0) {
                throw failure("set the time of " + path);
            }
        }
    }

    /** fsetxattr(2): makes or replaces an extended attribute. */
    static void setAttribute(Descriptor file, String name, byte[] value, String what) {
        try (Scratch key = Scratch.of(name);
                Scratch content = Scratch.of(value, 0, value.length)) {
            long at = content.address();
            int result = c().fsetxattr(file.value(), key.address(), at, value.length, 0);
            if (result < 0) {
                throw failure("set attribute " + name + " of " + what);
            }
        }
    }

    /** pread(2): {@code most} bytes from there, fewer only at the end of the file. */
    static byte[] readAt(Descriptor file, long offset, int most, String what) {
        try (Scratch memory = Scratch.take(most)) {
            int done = 0;
            while (done < most) {
                long at = memory.address() + done;
                long count = c().pread(file.value(), at, (long) most - done, offset + done);
                if (count < 0) {
                    failUnlessInterrupted("read " + what);
                } else if (count == 0) {
                    break;
                } else {
                    done += (int) count;
                }
            }
            return memory.bytes(done);
        }
    }

    /** pwrite(2) of {@code length} bytes of the array, all of them. */
    static void writeAt(
            Descriptor file, long offset, byte[] bytes, int from, int length, String what) {
        try (Scratch memory = Scratch.of(bytes, from, length)) {
            int done = 0;
            while (done < length) {
                long at = memory.address() + done;
                long count = c().pwrite(file.value(), at, (long) length - done, offset + done);
                if (count < 0) {
                    failUnlessInterrupted("write " + what);
                } else {
                    done += (int) count;
                }
            }
        }
    }

    /** ftruncate(2). */
    static void truncate(Descriptor file, long length, String what) {
        check("shorten " + what, c().ftruncate(file.value(), length));
    }

    /** rename(2): whatever is there under the new name goes. */
    static void rename(String from, String to) {
        try (Scratch old = Scratch.of(from);
                Scratch name = Scratch.of(to)) {
            if (c().rename(old.address(), name.address()) < 0) {
                throw failure("rename " + from + " to " + to);
            }
        }
    }

    /** link(2): gives a file one more name. */
    static void link(String file, String name) {
        try (Scratch old = Scratch.of(file);
                Scratch further = Scratch.of(name)) {
            if (c().link(old.address(), further.address()) < 0) {
                throw failure("link " + name + " to " + file);
            }
        }
    }

    /** unlink(2): whether there was such a file. */
    static boolean unlink(String path) {
        try (Scratch memory = Scratch.of(path)) {
            return isRemoved(path, c().unlink(memory.address()));
        }
    }

    /** rmdir(2): whether there was such a folder; ENOTEMPTY is thrown. */
    static boolean removeFolder(String path) {
        try (Scratch memory = Scratch.of(path)) {
            return isRemoved(path, c().rmdir(memory.address()));
        }
    }

    private static boolean isRemoved(String path, int result) {
        if (result < 0 && Native.getLastError() != Errno.ENOENT) {
            throw failure("remove " + path);
        }
        return result >= 0;
    }

    /** getrandom(2): so many bytes; up to 256 come at once. */
    static byte[] random(int count) {
        try (Scratch memory = Scratch.take(count)) {
            long got = c().getrandom(memory.address(), count, 0);
            check("get random numbers", got == count ? 0 : -1);
            return memory.bytes(count);
        }
    }

    /** flock(2): whether the lock was taken; false only where {@code operation} has LOCK_NB. */
    static boolean flock(Descriptor file, int operation, String what) {
        while (true) {
            if (c().flock(file.value(), operation) == 0) {
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
        c().close(fd);
    }

    /** strerror(3): "File exists". */
    static String errorText(int errno) {
        long text = c().strerror(errno);
        return text == 0 ? "error " + errno : new Pointer(text).getString(0);
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
