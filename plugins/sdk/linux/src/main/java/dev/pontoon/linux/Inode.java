package dev.pontoon.linux;

import dev.pontoon.linux.uapi.Files;
import java.nio.file.Path;

/**
 * What java.nio.file needs several system calls and many objects for, or an exception where there
 * is nothing to tell of. Every method throws {@link KernelException} if the kernel refuses.
 */
public final class Inode {
    private Inode() {}

    /**
     * When a file was changed.
     *
     * @param modified what is in it (mtime), in nanoseconds since 1970
     * @param changed that, or anything else about it (ctime), likewise
     */
    public record Times(long modified, long changed) {}

    /** What the path leads to. */
    public static FileIdentity identity(Path path) {
        return Libc.identity(Files.AT_FDCWD, path.toString());
    }

    /**
     * How many folders are in a folder, symbolic links to some not counted. A negative number, or
     * zero, where the file system does not count.
     */
    public static int folderCount(Path folder) {
        // Each has a name .. for the one above it, which has a name of its own and the name .
        return Libc.nameCount(Files.AT_FDCWD, folder.toString()) - 2;
    }

    /** The times of a file or folder. */
    public static Times times(Path path) {
        return Libc.times(path.toString());
    }

    /** Sets the modification time, in nanoseconds since 1970. */
    public static void setModified(Path path, long nanoseconds) {
        Libc.setModified(path.toString(), nanoseconds);
    }

    /** Gives a file another name, in the place of what has that name now: rename(2). */
    public static void rename(Path from, Path to) {
        Libc.rename(from.toString(), to.toString());
    }

    /** Gives a file one more name, which must be free (EEXIST): link(2). */
    public static void link(Path file, Path name) {
        Libc.link(file.toString(), name.toString());
    }

    /** Removes a name that is no folder's: unlink(2). Whether there was one. */
    public static boolean remove(Path file) {
        return Libc.unlink(file.toString());
    }

    /** Removes a folder, which must be empty (ENOTEMPTY): rmdir(2). Whether there was one. */
    public static boolean removeFolder(Path folder) {
        return Libc.removeFolder(folder.toString());
    }
}
