package dev.pontoon.linux.uapi;

/** Constants of {@code fcntl.h}, {@code sys/file.h}, {@code poll.h} and {@code sys/stat.h}. */
public final class Files {
    public static final int O_RDONLY = 0;
    public static final int O_WRONLY = 1;
    public static final int O_RDWR = 2;
    public static final int O_CREAT = 0x40;
    public static final int O_EXCL = 0x80;
    public static final int O_NONBLOCK = 0x800;
    public static final int O_CLOEXEC = 0x80000;
    public static final int O_PATH = 0x200000;

    public static final int AT_FDCWD = -100;
    public static final int AT_EMPTY_PATH = 0x1000;
    public static final int STATX_NLINK = 0x4;
    public static final int STATX_MTIME = 0x40;
    public static final int STATX_CTIME = 0x80;
    public static final int STATX_INO = 0x100;
    public static final int STATX_SIZE = 0x200;
    public static final int UTIME_OMIT = (1 << 30) - 2;

    public static final int LOCK_EX = 2;
    public static final int LOCK_NB = 4;

    public static final int POLLIN = 1;
    public static final int POLLOUT = 4;

    private Files() {}
}
