package dev.pontoon.linux;

import dev.pontoon.linux.uapi.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * A file that is open. The channels of java.nio do the same with more system calls and many more
 * objects, which shows where a call lasts two milliseconds and opens a dozen files.
 *
 * <p>Every method throws {@link KernelException} if the kernel refuses, and {@link
 * IllegalStateException} once the file is closed.
 */
public final class OpenFile implements AutoCloseable {
    private static final int PART_LENGTH = 4096;

    private final Descriptor file;
    private final String path;

    private OpenFile(Descriptor file, String path) {
        this.file = file;
        this.path = path;
    }

    /** Opens a file to read; null if there is none of that name. */
    public static @Nullable OpenFile toRead(Path path) {
        return ifThere(path.toString(), Files.O_RDONLY);
    }

    /** Opens a file to read and write; null if there is none of that name. */
    public static @Nullable OpenFile toChange(Path path) {
        return ifThere(path.toString(), Files.O_RDWR);
    }

    private static @Nullable OpenFile ifThere(String path, int access) {
        Descriptor file = Libc.openIfThere(path, access | Files.O_CLOEXEC, 0);
        return file == null ? null : new OpenFile(file, path);
    }

    /**
     * Opens a file to read and write, which is made if there is none.
     *
     * @param mode the permissions of a new file, such as 0600, less the umask
     */
    public static OpenFile make(Path path, int mode) {
        String text = path.toString();
        int flags = Files.O_RDWR | Files.O_CREAT | Files.O_CLOEXEC;
        return new OpenFile(Libc.open(text, flags, mode), text);
    }

    /** As {@link #make}, but refuses (EEXIST) a file that is there. */
    public static OpenFile makeNew(Path path, int mode) {
        String text = path.toString();
        int flags = Files.O_RDWR | Files.O_CREAT | Files.O_EXCL | Files.O_CLOEXEC;
        return new OpenFile(Libc.open(text, flags, mode), text);
    }

    /** Reads so many bytes from there on, fewer only at the end of the file. */
    public byte[] read(long offset, int most) {
        return Libc.readAt(file, offset, most, path);
    }

    /** Reads the file from its beginning, but no more than so many bytes. */
    public byte[] readAll(int most) {
        byte[] first = read(0, Math.min(PART_LENGTH, most));
        return first.length < PART_LENGTH ? first : read(0, (int) Math.min(length(), most));
    }

    /**
     * Writes {@code length} bytes of the array, from {@code from} on, at that place of the file.
     */
    public void write(long offset, byte[] bytes, int from, int length) {
        Libc.writeAt(file, offset, bytes, from, length, path);
    }

    /** Writes at the beginning; what is behind it stays. */
    public void write(byte[] bytes) {
        write(0, bytes, 0, bytes.length);
    }

    /** The length in bytes. */
    public long length() {
        return Libc.length(file);
    }

    /** Cuts off what is behind so many bytes. */
    public void cutTo(long length) {
        Libc.truncate(file, length, path);
    }

    /**
     * Sets an extended attribute such as {@code user.pontoon.boot}; see xattr(7). Throws {@link
     * KernelException} with EOPNOTSUPP where the file system has none.
     */
    public void setAttribute(String name, byte[] value) {
        Libc.setAttribute(file, name, value, path);
    }

    @Override
    public void close() {
        file.close();
    }
}
