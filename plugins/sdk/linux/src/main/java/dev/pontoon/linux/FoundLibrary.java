package dev.pontoon.linux;

import com.sun.jna.Function;
import com.sun.jna.NativeLibrary;

/**
 * Functions that are looked up one by one and called with boxed arguments: the style of JNA that
 * starts fastest.
 */
final class FoundLibrary implements CLibrary {
    private static final NativeLibrary C = NativeLibrary.getProcess();
    private static final Function SOCKET = C.getFunction("socket");
    private static final Function BIND = C.getFunction("bind");
    private static final Function LISTEN = C.getFunction("listen");
    private static final Function ACCEPT = C.getFunction("accept4");
    private static final Function CONNECT = C.getFunction("connect");
    private static final Function SHUTDOWN = C.getFunction("shutdown");
    private static final Function GETSOCKOPT = C.getFunction("getsockopt");
    private static final Function SETSOCKOPT = C.getFunction("setsockopt");
    private static final Function SENDTO = C.getFunction("sendto");
    private static final Function RECV = C.getFunction("recv");
    private static final Function OPEN = C.getFunction("open");
    private static final Function READ = C.getFunction("read");
    private static final Function WRITE = C.getFunction("write");
    private static final Function CLOSE = C.getFunction("close");
    private static final Function POLL = C.getFunction("poll");
    private static final Function SETNS = C.getFunction("setns");
    private static final Function IOCTL = C.getFunction("ioctl");
    private static final Function FSTATFS = C.getFunction("fstatfs");
    private static final Function FLOCK = C.getFunction("flock");
    private static final Function STATX = C.getFunction("statx");
    private static final Function UTIMENSAT = C.getFunction("utimensat");
    private static final Function GETRANDOM = C.getFunction("getrandom");
    private static final Function STRERROR = C.getFunction("strerror");
    private static final Function PREAD = C.getFunction("pread");
    private static final Function PWRITE = C.getFunction("pwrite");
    private static final Function FTRUNCATE = C.getFunction("ftruncate");
    private static final Function FSETXATTR = C.getFunction("fsetxattr");
    private static final Function RENAME = C.getFunction("rename");
    private static final Function LINK = C.getFunction("link");
    private static final Function UNLINK = C.getFunction("unlink");
    private static final Function RMDIR = C.getFunction("rmdir");

    @Override
    public int socket(int domain, int type, int protocol) {
        return SOCKET.invokeInt(new Object[] {domain, type, protocol});
    }

    @Override
    public int bind(int socket, long address, int length) {
        return BIND.invokeInt(new Object[] {socket, address, length});
    }

    @Override
    public int listen(int socket, int backlog) {
        return LISTEN.invokeInt(new Object[] {socket, backlog});
    }

    @Override
    public int accept4(int socket, long address, long length, int flags) {
        return ACCEPT.invokeInt(new Object[] {socket, address, length, flags});
    }

    @Override
    public int connect(int socket, long address, int length) {
        return CONNECT.invokeInt(new Object[] {socket, address, length});
    }

    @Override
    public int shutdown(int socket, int how) {
        return SHUTDOWN.invokeInt(new Object[] {socket, how});
    }

    @Override
    public int getsockopt(int socket, int level, int option, long value, long length) {
        return GETSOCKOPT.invokeInt(new Object[] {socket, level, option, value, length});
    }

    @Override
    public int setsockopt(int socket, int level, int option, long value, int length) {
        return SETSOCKOPT.invokeInt(new Object[] {socket, level, option, value, length});
    }

    @Override
    public long sendto(
            int socket, long message, long length, int flags, long address, int addressLength) {
        return SENDTO.invokeLong(
                new Object[] {socket, message, length, flags, address, addressLength});
    }

    @Override
    public long recv(int socket, long buffer, long length, int flags) {
        return RECV.invokeLong(new Object[] {socket, buffer, length, flags});
    }

    @Override
    public int open(long path, int flags, int mode) {
        return OPEN.invokeInt(new Object[] {path, flags, mode});
    }

    @Override
    public long read(int file, long buffer, long length) {
        return READ.invokeLong(new Object[] {file, buffer, length});
    }

    @Override
    public long write(int file, long bytes, long length) {
        return WRITE.invokeLong(new Object[] {file, bytes, length});
    }

    @Override
    public int close(int file) {
        return CLOSE.invokeInt(new Object[] {file});
    }

    @Override
    public int poll(long descriptors, long count, int milliseconds) {
        return POLL.invokeInt(new Object[] {descriptors, count, milliseconds});
    }

    @Override
    public int setns(int namespace, int type) {
        return SETNS.invokeInt(new Object[] {namespace, type});
    }

    @Override
    public int ioctl(int file, long request, long argument) {
        return IOCTL.invokeInt(new Object[] {file, request, argument});
    }

    @Override
    public int fstatfs(int file, long statfs) {
        return FSTATFS.invokeInt(new Object[] {file, statfs});
    }

    @Override
    public int flock(int file, int operation) {
        return FLOCK.invokeInt(new Object[] {file, operation});
    }

    @Override
    public int statx(int directory, long path, int flags, int mask, long statx) {
        return STATX.invokeInt(new Object[] {directory, path, flags, mask, statx});
    }

    @Override
    public int utimensat(int directory, long path, long times, int flags) {
        return UTIMENSAT.invokeInt(new Object[] {directory, path, times, flags});
    }

    @Override
    public long getrandom(long buffer, long length, int flags) {
        return GETRANDOM.invokeLong(new Object[] {buffer, length, flags});
    }

    @Override
    public long strerror(int errno) {
        return STRERROR.invokeLong(new Object[] {errno});
    }

    @Override
    public long pread(int file, long buffer, long length, long offset) {
        return PREAD.invokeLong(new Object[] {file, buffer, length, offset});
    }

    @Override
    public long pwrite(int file, long bytes, long length, long offset) {
        return PWRITE.invokeLong(new Object[] {file, bytes, length, offset});
    }

    @Override
    public int ftruncate(int file, long length) {
        return FTRUNCATE.invokeInt(new Object[] {file, length});
    }

    @Override
    public int fsetxattr(int file, long name, long value, long length, int flags) {
        return FSETXATTR.invokeInt(new Object[] {file, name, value, length, flags});
    }

    @Override
    public int rename(long from, long to) {
        return RENAME.invokeInt(new Object[] {from, to});
    }

    @Override
    public int link(long from, long to) {
        return LINK.invokeInt(new Object[] {from, to});
    }

    @Override
    public int unlink(long path) {
        return UNLINK.invokeInt(new Object[] {path});
    }

    @Override
    public int rmdir(long path) {
        return RMDIR.invokeInt(new Object[] {path});
    }
}
