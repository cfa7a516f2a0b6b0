package dev.pontoon.hostlocal;

import dev.pontoon.linux.Inode;
import dev.pontoon.linux.KernelException;
import dev.pontoon.linux.OpenFile;
import dev.pontoon.protocol.Ip;
import java.io.File;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.UserDefinedFileAttributeView;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The files of one network, without any memory of them: a file named as the address for each lease,
 * and {@code last_reserved_ip.N} for each range set. Files of other names are none of our business.
 *
 * <p>Reading needs no lock, because a lease file that Pontoon makes is complete from its first
 * moment on.
 */
final class LeaseFolder {
    /**
     * The extended attribute with the id of the boot in which a lease was made; the reference knows
     * nothing of it.
     */
    private static final String BOOT_ATTRIBUTE = "pontoon.boot";

    private static final int LONGEST_NAME = 45;
    private static final int MOST_CONTENT = 4096;
    private static final int PRIVATE_MODE = 0600;

    private final Path path;

    LeaseFolder(Path path) {
        this.path = path;
    }

    Path path() {
        return path;
    }

    boolean exists() {
        return Files.isDirectory(path);
    }

    Path file(Ip address) {
        return path.resolve(address.toString());
    }

    /** Whether there is a file with something in it; whether that makes sense is not looked at. */
    boolean isTaken(Ip address) {
        return new File(path.toString(), address.toString()).length() > 0;
    }

    /** Whether there is a file with nothing in it. */
    boolean isEmpty(Ip address) {
        File file = new File(path.toString(), address.toString());
        return file.length() == 0 && file.exists();
    }

    /** The addresses for which there is a file, be it empty. */
    List<Ip> addresses() {
        String[] names = new File(path.toString()).list();
        List<Ip> addresses = new ArrayList<>();
        if (names != null) {
            for (String name : names) {
                Ip address = addressOf(name);
                if (address != null) {
                    addresses.add(address);
                }
            }
        }
        return addresses;
    }

    /**
     * The address of a file's name; null unless it is the very name under which anybody would look
     * for one.
     */
    private static @Nullable Ip addressOf(String name) {
        if (name.length() > LONGEST_NAME || name.isEmpty()) {
            return null;
        }
        if (name.indexOf(':') < 0) {
            return ipv4(name);
        }
        Ip address = Ip.parse(name).orElse(null);
        return address != null && address.toString().equals(name) ? address : null;
    }

    /**
     * By hand, because a folder may have 50 000 of them: a fifth of the time of the general way.
     */
    private static @Nullable Ip ipv4(String name) {
        byte[] bytes = new byte[4];
        int part = 0;
        int value = -1;
        for (int i = 0; i < name.length(); i++) {
            char c = name.charAt(i);
            if (c == '.' && value >= 0 && part < 3) {
                bytes[part++] = (byte) value;
                value = -1;
            } else if (c >= '0' && c <= '9' && value != 0) {
                value = Math.max(value, 0) * 10 + c - '0';
            } else {
                return null;
            }
            if (value > 255) {
                return null;
            }
        }
        bytes[part] = (byte) value;
        return part == 3 && value >= 0 ? Ip.of(bytes) : null;
    }

    /** Reads one lease; null if there is no file or nothing in it that makes sense. */
    @Nullable Lease lease(Ip address) {
        byte[] content = content(address);
        Holder holder = content == null ? null : Holder.read(content);
        return holder == null ? null : new Lease(address, holder);
    }

    /** Whether there is a file that makes no sense: a crash, a full disk, somebody's editor. */
    boolean isTorn(Ip address) {
        byte[] content = content(address);
        return content != null && Holder.read(content) == null;
    }

    private byte @Nullable [] content(Ip address) {
        Path file = file(address);
        try (OpenFile open = OpenFile.toRead(file)) {
            return open == null ? null : open.readAll(MOST_CONTENT);
        } catch (KernelException e) {
            if (!Files.isRegularFile(file)) {
                return null;
            }
            throw Failures.of("read " + file, e);
        }
    }

    /** When the lease was made, in milliseconds since 1970; 0 if it is gone. */
    long madeAt(Ip address) {
        return new File(path.toString(), address.toString()).lastModified();
    }

    /** The boot in which the lease was made; empty if nobody wrote it down. */
    String bootOf(Ip address) {
        try {
            UserDefinedFileAttributeView attributes = attributes(file(address));
            if (attributes == null) {
                return "";
            }
            ByteBuffer value = ByteBuffer.allocate(64);
            attributes.read(BOOT_ATTRIBUTE, value);
            return new String(value.array(), 0, value.position(), StandardCharsets.US_ASCII);
        } catch (IOException e) {
            return "";
        }
    }

    private static @Nullable UserDefinedFileAttributeView attributes(Path file) {
        return Files.getFileAttributeView(file, UserDefinedFileAttributeView.class);
    }

    /**
     * Writes a new file that is a lease but for its name. Of a failure nothing stays. It is not
     * forced to disk, which takes as long as all the rest of a call: what a power failure tears
     * belongs to a boot that is over, and a torn file is a free address.
     */
    static void write(Path file, Holder holder, Boot boot) {
        OpenFile created = OpenFile.makeNew(file, PRIVATE_MODE);
        try (created) {
            created.write(holder.text().getBytes(StandardCharsets.UTF_8));
            mark(created, boot);
        } catch (KernelException e) {
            Inode.remove(file);
            throw e;
        }
    }

    private static void mark(OpenFile file, Boot boot) {
        if (boot.id().isEmpty()) {
            return;
        }
        try {
            file.setAttribute(
                    "user." + BOOT_ATTRIBUTE, boot.id().getBytes(StandardCharsets.US_ASCII));
        } catch (KernelException e) {
            // Not every file system has them; then the index alone tells how old the lease is.
        }
    }

    /** Removes a lease or what is left of one; that it is gone is no error. */
    void delete(Ip address) {
        try {
            Inode.remove(file(address));
        } catch (KernelException e) {
            throw Failures.of("remove " + file(address), e);
        }
    }

    /** The address that the set handed out last; null if that is not known. */
    @Nullable Ip last(int set) {
        try (OpenFile open = OpenFile.toRead(lastFile(set))) {
            if (open == null) {
                return null;
            }
            String text = new String(open.readAll(MOST_CONTENT), StandardCharsets.UTF_8);
            return Ip.parse(text.strip()).orElse(null);
        } catch (KernelException e) {
            throw Failures.of("read " + lastFile(set), e);
        }
    }

    /**
     * Remembers the address that the set handed out last. The file is overwritten in place: on ext4
     * a file that is truncated first is forced to disk when it is closed, which takes longer than
     * all the rest.
     */
    void writeLast(int set, Ip address) {
        Path file = lastFile(set);
        byte[] text = address.toString().getBytes(StandardCharsets.UTF_8);
        try (OpenFile open = OpenFile.make(file, PRIVATE_MODE)) {
            open.write(text);
            if (open.length() > text.length) {
                open.cutTo(text.length);
            }
        } catch (KernelException e) {
            if (file.toFile().length() == 0) {
                Inode.remove(file);
            }
            throw e;
        }
    }

    private Path lastFile(int set) {
        return path.resolve("last_reserved_ip." + set);
    }
}
