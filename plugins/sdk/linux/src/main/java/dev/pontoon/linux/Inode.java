package dev.pontoon.linux;

import java.nio.file.Path;

/** What java.nio needs several system calls and many objects for. */
public final class Inode {
    private Inode() {}

    /**
     * When a file was changed.
     *
     * @param modified what is in it (mtime), in nanoseconds since 1970
     * @param changed that, or anything else about it (ctime), likewise
     */
    public record Times(long modified, long changed) {}

    /** The times of a file or folder. Throws {@link KernelException}. */
    public static Times times(Path path) {
        return Libc.times(path.toString());
    }

    /** Sets the modification time, in nanoseconds since 1970. Throws {@link KernelException}. */
    public static void setModified(Path path, long nanoseconds) {
        Libc.setModified(path.toString(), nanoseconds);
    }

    /**
     * Sets an extended attribute such as {@code user.pontoon.boot}; see xattr(7). Throws {@link
     * KernelException}, with EOPNOTSUPP where the file system has none.
     */
    public static void setAttribute(Path path, String name, byte[] value) {
        Libc.setAttribute(path.toString(), name, value);
    }
}
