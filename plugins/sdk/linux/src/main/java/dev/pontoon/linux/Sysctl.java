package dev.pontoon.linux;

import dev.pontoon.linux.uapi.Files;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Optional;

/**
 * Kernel settings below {@code /proc/sys}, in the network namespace of the calling thread: call it
 * from {@link NetworkNamespace#inside}.
 *
 * <p>A setting is named by the parts of its path, {@code ("net", "ipv4", "conf", "eth0.5",
 * "arp_notify")}, because names of interfaces may hold the dots that otherwise separate the parts.
 */
public final class Sysctl {
    private static final String ROOT = "/proc/sys";
    private static final int PART_LENGTH = 1024;

    private Sysctl() {}

    /**
     * The setting's text without the final line end. Throws {@link KernelException} naming the
     * file.
     */
    public static String read(String... path) {
        String file = file(path);
        try (Descriptor open = Libc.open(file, Files.O_RDONLY | Files.O_CLOEXEC, 0)) {
            return readAll(open, file).stripTrailing();
        } catch (KernelException e) {
            throw e.retold("read " + file);
        }
    }

    private static String readAll(Descriptor open, String file) {
        byte[] part = Libc.read(open, PART_LENGTH, file);
        byte[] all = part;
        // The kernel gives all that there is room for: less than that is all.
        while (part.length == PART_LENGTH) {
            part = Libc.read(open, PART_LENGTH, file);
            byte[] before = all;
            all = Arrays.copyOf(before, before.length + part.length);
            System.arraycopy(part, 0, all, before.length, part.length);
        }
        return new String(all, StandardCharsets.UTF_8);
    }

    /** Throws {@link KernelException} naming the file unless the setting could be written. */
    public static void requireWritable(String... path) {
        String file = file(path);
        try {
            Libc.open(file, Files.O_WRONLY | Files.O_CLOEXEC, 0).close();
        } catch (KernelException e) {
            throw e.retold("write to " + file);
        }
    }

    /** Sets the setting. Throws {@link KernelException} naming value and file. */
    public static void write(String value, String... path) {
        String file = file(path);
        byte[] bytes = value.getBytes(StandardCharsets.UTF_8);
        try (Descriptor open = Libc.open(file, Files.O_WRONLY | Files.O_CLOEXEC, 0)) {
            // The kernel takes the value in one write or not at all.
            Libc.write(open, bytes, bytes.length, file);
        } catch (KernelException e) {
            throw e.retold("write " + value + " to " + file);
        }
    }

    /**
     * Sees to it that the setting has this value. Where it has it already nothing is written, so a
     * read-only {@code /proc/sys} is no obstacle. Numbers count as equal whatever white space
     * separates them.
     *
     * @return the old value if another one was written
     */
    public static Optional<String> ensure(String value, String... path) {
        String old = read(path);
        if (sameWords(old, value)) {
            return Optional.empty();
        }
        write(value, path);
        return Optional.of(old);
    }

    /** Whether two values mean the same: the kernel prints tabs where people write spaces. */
    public static boolean sameWords(String one, String other) {
        int i = 0;
        int j = 0;
        while (true) {
            int nextOne = skipSpace(one, i);
            int nextOther = skipSpace(other, j);
            boolean oneEnds = nextOne == one.length();
            boolean otherEnds = nextOther == other.length();
            if (oneEnds || otherEnds) {
                return oneEnds && otherEnds;
            }
            // A gap in one only counts where it separates: not before the first word.
            boolean gapOne = nextOne > i && i > 0;
            boolean gapOther = nextOther > j && j > 0;
            if (gapOne != gapOther || one.charAt(nextOne) != other.charAt(nextOther)) {
                return false;
            }
            i = nextOne + 1;
            j = nextOther + 1;
        }
    }

    private static int skipSpace(String text, int from) {
        int i = from;
        while (i < text.length() && text.charAt(i) <= ' ') {
            i++;
        }
        return i;
    }

    /**
     * The file of a setting. Throws {@link IllegalArgumentException} for a part that would lead
     * elsewhere.
     */
    static String file(String... path) {
        StringBuilder file = new StringBuilder(ROOT);
        for (String part : path) {
            boolean leadsElsewhere =
                    part.isEmpty()
                            || part.equals(".")
                            || part.equals("..")
                            || part.indexOf('/') >= 0
                            || part.indexOf('\0') >= 0;
            if (leadsElsewhere) {
                throw new IllegalArgumentException(
                        "not a part of a sysctl's name: \"" + part.replace('\0', '?') + "\"");
            }
            file.append('/').append(part);
        }
        return file.toString();
    }
}
