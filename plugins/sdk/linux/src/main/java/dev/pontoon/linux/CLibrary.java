package dev.pontoon.linux;

/**
 * Functions of the C library as their man pages declare them: a pointer is an address, and a
 * failure is -1 with its errno in {@code Native.getLastError()}.
 *
 * <p>There are two ways to them. {@link FoundLibrary} is there at once, {@link BoundLibrary} takes
 * some 30 ms to set up, and is then half as long under way. A process of one call takes the first,
 * the service the second; see {@link NativeCalls}.
 */
interface CLibrary {
    int socket(int domain, int type, int protocol);

    int bind(int socket, long address, int length);

    int listen(int socket, int backlog);

    int accept4(int socket, long address, long length, int flags);

    int connect(int socket, long address, int length);

    int shutdown(int socket, int how);

    int getsockopt(int socket, int level, int option, long value, long length);

    int setsockopt(int socket, int level, int option, long value, int length);

    long sendto(int socket, long message, long length, int flags, long address, int addressLength);

    long recv(int socket, long buffer, long length, int flags);

    int open(long path, int flags, int mode);

    long read(int file, long buffer, long length);

    long write(int file, long bytes, long length);

    int close(int file);

    int poll(long descriptors, long count, int milliseconds);

    int setns(int namespace, int type);

    int ioctl(int file, long request, long argument);

    int fstatfs(int file, long statfs);

    int flock(int file, int operation);

    int statx(int directory, long path, int flags, int mask, long statx);

    int utimensat(int directory, long path, long times, int flags);

    long getrandom(long buffer, long length, int flags);

    long strerror(int errno);

    long pread(int file, long buffer, long length, long offset);

    long pwrite(int file, long bytes, long length, long offset);

    int ftruncate(int file, long length);

    int fsetxattr(int file, long name, long value, long length, int flags);

    int rename(long from, long to);

    int link(long from, long to);

    int unlink(long path);

    int rmdir(long path);
}
