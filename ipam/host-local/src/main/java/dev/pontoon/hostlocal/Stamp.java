package dev.pontoon.hostlocal;

import dev.pontoon.linux.Inode;
import dev.pontoon.linux.KernelException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * The two times of a folder by which one sees whether somebody added or removed a file in it since
 * we looked last.
 *
 * <p>Comparing a folder's modification time with a remembered one proves nothing by itself: kernels
 * before 6.13 take the time from a clock that ticks every 1 to 10 ms, so a change right after ours
 * gets the same time as ours, and clocks are set back. Therefore we do not keep the time the kernel
 * gave: after our own change we <em>set</em> the modification time, to one that is over and has a
 * number of ours for nanoseconds. The change time (ctime), which nobody can set, then is the real
 * one and differs from it.
 *
 * <p>The argument: whoever adds, removes or renames a file in the folder makes the kernel set both
 * times to one and the same value. So as long as the two differ and are the remembered ones, either
 * nothing happened, or something happened at an instant that the clock showed as the remembered
 * modification time and then something else (chmod) at one it showed as the change time, which is
 * later: the clock has passed the modification time already, and to hit it again it must be set
 * back to that very nanosecond. As the number goes up with each of our own changes, no two of those
 * can be taken for each other either, even if the one in between was killed before it could write
 * its stamp down.
 *
 * @param modified the modification time in nanoseconds since 1970
 * @param changed the time of the last change of the inode, likewise
 */
record Stamp(long modified, long changed) {
    private static final long SECOND = 1_000_000_000;

    /** The folder's times as they are; null if they cannot be read. */
    static @Nullable Stamp read(Path folder) {
        try {
            Inode.Times times = Inode.times(folder);
            return new Stamp(times.modified(), times.changed());
        } catch (KernelException e) {
            return null;
        }
    }

    /**
     * Sets the folder's modification time to one that no change gives it; {@code number} must
     * differ from that of the stamp before. Null if the file system does not keep it to the
     * nanosecond, or has a clock that is behind ours, so that it proves nothing.
     */
    static @Nullable Stamp set(Path folder, long number) {
        // The number takes up to one second, and the kernel's clock is a tick behind ours.
        long wanted =
                (System.currentTimeMillis() / 1000 - 2) * SECOND + Math.floorMod(number, SECOND);
        try {
            Inode.setModified(folder, wanted);
        } catch (KernelException e) {
            return null;
        }
        Stamp set = read(folder);
        return set != null && set.modified == wanted && set.modified < set.changed ? set : null;
    }

    /** Whether the times are such as only {@link #set} makes them. */
    boolean isOurs() {
        return modified != changed;
    }

    // Spelled out for the sake of a cold start; see Holder.
    @Override
    public boolean equals(Object other) {
        return other instanceof Stamp that && modified == that.modified && changed == that.changed;
    }

    @Override
    public int hashCode() {
        return Long.hashCode(modified ^ changed);
    }
}
