package dev.pontoon.hostlocal;

import java.io.FileInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;

/**
 * Which boot of the machine this is. No network namespace survives a reboot, so a lease of another
 * boot belongs to nobody.
 *
 * @param id the kernel's id of this boot; empty if it is not to be had, and then no lease counts as
 *     old
 * @param start seconds since 1970; by the clock as it is set now, which may not be how it was set
 *     then
 */
record Boot(String id, long start) {
    private static final String ID_FILE = "/proc/sys/kernel/random/boot_id";
    private static final String START_LINE = "\nbtime ";

    /** Read once: no process lives longer than the boot it was started in. */
    private static final class Current {
        static final Boot BOOT = new Boot(read(ID_FILE, 64).strip(), 0);
    }

    /**
     * The boot of the machine that this runs on; {@code start} is read only by {@link #withStart}.
     */
    static Boot current() {
        return Current.BOOT;
    }

    /**
     * The same boot with its start, which is costly to read: the kernel counts every interrupt for
     * that file.
     */
    Boot withStart() {
        if (start != 0) {
            return this;
        }
        String text = read("/proc/stat", 1 << 20);
        int at = text.indexOf(START_LINE);
        int end = at < 0 ? -1 : text.indexOf('\n', at + START_LINE.length());
        return end < 0
                ? this
                : new Boot(id, Long.parseLong(text.substring(at + START_LINE.length(), end)));
    }

    private static String read(String file, int limit) {
        try (FileInputStream in = new FileInputStream(file)) {
            return new String(in.readNBytes(limit), StandardCharsets.US_ASCII);
        } catch (IOException e) {
            return "";
        }
    }
}
