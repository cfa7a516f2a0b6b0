package dev.pontoon.linux;

import com.sun.jna.Native;
import com.sun.jna.NativeLibrary;

/** Native methods that JNA binds to the functions of their names: what it calls direct mapping. */
final class BoundLibrary implements CLibrary {
    BoundLibrary() {
        Native.register(BoundLibrary.class, NativeLibrary.getProcess());
    }

    @Override
    public native int socket(int domain, int type, int protocol);

    @Override
    public native int bind(int socket, long address, int length);

    @Override
    public native int listen(int socket, int backlog);

    @Override
    public native int accept4(int socket, long address, long length, int flags);

    @Override
    public native int connect(int socket, long address, int length);

    @Override
    public native int shutdown(int socket, int how);

    @Override
    public native int getsockopt(int socket, int level, int option, long value, long length);

    @Override
    public native int setsockopt(int socket, int level, int option, long value, int length);

    @Override
    public native long sendto(
            int socket, long message, long length, int flags, long address, int addressLength);

    @Override
    public native long recv(int socket, long buffer, long length, int flags);

    @Override
    public native int open(long path, int flags, int mode);

    @Override
    public native long read(int file, long buffer, long length);

    @Override
    public native long write(int file, long bytes, long length);

    @Override
    public native int close(int file);

    @Override
    public native int poll(long descriptors, long count, int milliseconds);

    @Override
    public native int setns(int namespace, int type);

    @Override
    public native int ioctl(int file, long request, long argument);

    @Override
    public native int fstatfs(int file, long statfs);

    @Override
    public native int flock(int file, int operation);

    @Override
    public native int statx(int directory, long path, int flags, int mask, long statx);

    @Override
    public native int utimensat(int directory, long path, long times, int flags);

    @Override
    public native long getrandom(long buffer, long length, int flags);

    @Override
    public native long strerror(int errno);

    @Override
    public native long pread(int file, long buffer, long length, long offset);

    @Override
    public native long pwrite(int file, long bytes, long length, long offset);

    @Override
    public native int ftruncate(int file, long length);

    @Override
    public native int fsetxattr(int file, long name, long value, long length, int flags);

    @Override
    public native int rename(long from, long to);

    @Override
    public native int link(long from, long to);

    @Override
    public native int unlink(long path);

    @Override
    public native int rmdir(long path);
}
