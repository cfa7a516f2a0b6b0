package dev.pontoon.hostlocal;

import dev.pontoon.linux.Inode;
import dev.pontoon.linux.KernelException;
import dev.pontoon.linux.OpenFile;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * The files of leases that are over, which serve again. For ext4 looks at every file that was
 * removed in the last minutes before it makes a new one: after the removal of some thousand leases
 * that takes longer than all the rest of an allocation.
 *
 * <p>They are numbered from 1 on and used from the last one down. A file that has another name as
 * well is a lease still, whatever killed the call that was about to remove it, and is not written
 * into.
 */
final class Spares {
    /** As many as a large node has containers. */
    private static final int MOST = 256;

    private static final String NAME = "spare.";

    private final Path folder;
    private int count;

    /** {@code count} as {@link #count} told it when they were last used. */
    Spares(Path folder, int count) {
        this.folder = folder;
        this.count = Math.clamp(count, 0, MOST);
    }

    int count() {
        return count;
    }

    private Path file(int number) {
        return folder.resolve(NAME + number);
    }

    /** Keeps the file of a lease, which then has lost its name; false if it is as it was. */
    boolean keep(Path lease) {
        if (count == MOST) {
            return false;
        }
        try {
            Inode.rename(lease, file(count + 1));
            count++;
            return true;
        } catch (KernelException e) {
            return false;
        }
    }

    /** A file that is the holder's lease but for its name; null if there is none to make it of. */
    @Nullable Path take(Holder holder, Boot boot) {
        while (count > 0) {
            Path file = file(count);
            count--;
            if (isRewritten(file, holder, boot)) {
                return file;
            }
            removeQuietly(file);
        }
        return null;
    }

    private static boolean isRewritten(Path file, Holder holder, Boot boot) {
        try {
            return Inode.isFileOfOneName(file) && isOverwritten(file, holder, boot);
        } catch (KernelException e) {
            return false;
        }
    }

    private static boolean isOverwritten(Path file, Holder holder, Boot boot) {
        try (OpenFile open = OpenFile.toChange(file)) {
            if (open == null) {
                return false;
            }
            LeaseFolder.write(open, holder, boot);
            return true;
        }
    }

    /** Removes them all, also those that nobody has counted. */
    void removeAll() {
        String[] names = folder.toFile().list();
        for (String name : names == null ? new String[0] : names) {
            if (name.startsWith(NAME)) {
                removeQuietly(folder.resolve(name));
            }
        }
        count = 0;
    }

    private static void removeQuietly(Path file) {
        try {
            Inode.remove(file);
        } catch (KernelException e) {
            // It is looked at again before it is used.
        }
    }
}
