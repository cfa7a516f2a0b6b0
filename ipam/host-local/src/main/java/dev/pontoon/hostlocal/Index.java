package dev.pontoon.hostlocal;

import dev.pontoon.linux.Errno;
import dev.pontoon.linux.Inode;
import dev.pontoon.linux.KernelException;
import dev.pontoon.linux.OpenFile;
import dev.pontoon.protocol.Ip;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Which addresses a holder has: a hash table in a file, of which a call reads and writes a few
 * hundred bytes whatever the number of leases. It is a hint. What it names is looked at before it
 * is believed, so a wrong entry does no harm; a missing one would, so it is used only while its
 * header proves it complete: written in this boot (a power cut may lose parts of it) and with the
 * {@link Stamp} that the folder of leases still has.
 *
 * <pre>
 *   header   magic 8 | boot id 36 | pad 4 | stamp modified 8 | stamp changed 8 | number 8 | slots 4 | filled 4 | pad 16
 *   slot     key and flag 8 | address 16          key 0: never used, the search ends; 1: used once, it goes on
 * </pre>
 *
 * <p>The key is 63 bits of a hash of the lease file's text; the lowest bit tells that the lease was
 * found at the first call of a boot, in a store last used in an earlier one.
 */
final class Index implements AutoCloseable {
    private static final long MAGIC = 0x506f6e746f6f6e31L; // "Pontoon1"
    private static final int HEADER_BYTES = 96;
    private static final int BOOT_BYTES = 36;
    private static final int SLOT_BYTES = 24;
    private static final int FEWEST_SLOTS = 64;
    private static final int MOST_SLOTS = 1 << 26;
    private static final int SLOTS_AT_ONCE = 16;
    private static final long GONE = 1;
    private static final long OLD_FLAG = 1;
    private static final int PRIVATE_MODE = 0600;

    /** A table of 256 slots, which is all that most nodes ever need. */
    private static final int READ_AT_ONCE = HEADER_BYTES + 256 * SLOT_BYTES;

    private final Path file;
    private @Nullable OpenFile open;
    // The file's first bytes as they are to be, all of them in a table that is not in the file yet.
    private byte[] image = new byte[0];
    // Those of them that are not in the file yet, the header aside.
    private int unsavedFrom = Integer.MAX_VALUE;
    private int unsavedTo;
    private boolean anew;
    private String boot = "";
    private Stamp stamp = new Stamp(0, 0);
    private long number;
    private int slots;
    private int filled;

    private Index(Path file) {
        this.file = file;
    }

    /**
     * The index in a file; an empty one, which proves nothing, if there is none or it makes no
     * sense.
     */
    static Index open(Path file, boolean writable) {
        Index index = new Index(file);
        try {
            OpenFile found = writable ? OpenFile.toChange(file) : OpenFile.toRead(file);
            index.open = found;
            if (found == null || !index.makesSense(found)) {
                index.forget();
            }
        } catch (KernelException e) {
            index.forget();
        }
        return index;
    }

    private void forget() {
        close();
        // A number that no stamp of a lost index has had, as far as anybody can tell.
        number = System.nanoTime();
        boot = "";
        stamp = new Stamp(0, 0);
        reset(FEWEST_SLOTS);
    }

    private void reset(int slots) {
        this.slots = slots;
        this.filled = 0;
        this.image = new byte[(int) size(slots)];
        this.anew = true;
    }

    /** Reads the header, and the slots behind it as far as they come along. */
    private boolean makesSense(OpenFile from) {
        image = from.read(0, READ_AT_ONCE);
        if (image.length < HEADER_BYTES) {
            return false;
        }
        ByteBuffer header = ByteBuffer.wrap(image);
        long magic = header.getLong();
        byte[] text = new byte[BOOT_BYTES];
        header.get(text);
        header.getInt();
        stamp = new Stamp(header.getLong(), header.getLong());
        number = header.getLong();
        slots = header.getInt();
        filled = header.getInt();
        boot = new String(text, StandardCharsets.US_ASCII).trim();
        long length = image.length < READ_AT_ONCE ? image.length : from.length();
        return magic == MAGIC && isPossible(slots) && length == size(slots);
    }

    private static boolean isPossible(int slots) {
        return slots >= FEWEST_SLOTS && slots <= MOST_SLOTS && Integer.bitCount(slots) == 1;
    }

    private static long size(int slots) {
        return HEADER_BYTES + (long) slots * SLOT_BYTES;
    }

    /** Whether it is made anew when it is saved, and not changed in its place. */
    boolean isNew() {
        return anew;
    }

    /** The boot in which it was written; empty if there is none. */
    String boot() {
        return boot;
    }

    /** Whether it names every lease that is now in the folder, which has that stamp. */
    boolean isComplete(@Nullable Stamp folder, Boot now) {
        return folder != null
                && folder.isOurs()
                && folder.equals(stamp)
                && !now.id().isEmpty()
                && boot.equals(now.id());
    }

    /** The number that the next stamp must have. */
    long nextNumber() {
        return number + 1;
    }

    /** An index in the place of this one, with room for so many leases. It knows of none yet. */
    Index emptied(int leases) {
        Index fresh = new Index(file);
        fresh.number = number;
        fresh.reset(slotsFor(leases));
        return fresh;
    }

    private static int slotsFor(int leases) {
        int slots = FEWEST_SLOTS;
        while (slots < leases * 4L && slots < MOST_SLOTS) {
            slots *= 2;
        }
        return slots;
    }

    /** The addresses that the holder may have; each must be looked at. */
    List<Ip> find(Holder holder) {
        List<Ip> found = new ArrayList<>();
        Search search = new Search(key(holder));
        while (search.next()) {
            if (search.isMatch()) {
                found.add(search.address());
            }
        }
        return found;
    }

    /** Whether the lease was there before this boot; false if it is not known. */
    boolean isOld(Lease lease) {
        Search search = new Search(key(lease.holder()));
        while (search.next()) {
            if (search.isMatch() && search.address().equals(lease.address())) {
                return search.isOld();
            }
        }
        return false;
    }

    /** Adds a lease that it does not have. */
    void add(Lease lease, boolean old) {
        if (filled >= slots / 2) {
            grow();
        }
        long key = key(lease.holder());
        Search search = new Search(key);
        while (search.next()) {
            if (search.isGone()) {
                break;
            }
        }
        if (search.isFresh()) {
            filled++;
        }
        write(search.slot(), key | (old ? OLD_FLAG : 0), bytes(lease.address()));
    }

    /** Removes a lease; that it does not have it is no error. */
    void remove(Lease lease) {
        Search search = new Search(key(lease.holder()));
        while (search.next()) {
            if (search.isMatch() && search.address().equals(lease.address())) {
                write(search.slot(), GONE, new byte[16]);
                return;
            }
        }
    }

    /** Moves all that is in use to a table with room, in memory; {@link #save} writes it. */
    private void grow() {
        load();
        ByteBuffer before = ByteBuffer.wrap(image);
        int used = 0;
        for (int i = 0; i < slots; i++) {
            used += isUsed(before.getLong(place(i))) ? 1 : 0;
        }
        int count = slots;
        reset(slotsFor(used + 1));
        byte[] address = new byte[16];
        for (int i = 0; i < count; i++) {
            long first = before.getLong(place(i));
            if (isUsed(first)) {
                before.get(place(i) + 8, address);
                append(first, address);
            }
        }
    }

    private void append(long first, byte[] address) {
        Search search = new Search(first & ~OLD_FLAG);
        while (search.next()) {
            // To the end of those that came before.
        }
        filled++;
        write(search.slot(), first, address);
    }

    private static boolean isUsed(long first) {
        return first != 0 && first != GONE;
    }

    private static int place(int slot) {
        return HEADER_BYTES + slot * SLOT_BYTES;
    }

    /** Reads all slots into memory, for many look-ups. */
    void load() {
        int size = (int) size(slots);
        if (image.length < size) {
            byte[] rest = readFully(image.length, size - image.length);
            byte[] all = Arrays.copyOf(image, size);
            System.arraycopy(rest, 0, all, image.length, rest.length);
            image = all;
        }
    }

    private void write(int slot, long first, byte[] address) {
        int at = place(slot);
        if (at < image.length) {
            ByteBuffer.wrap(image, at, SLOT_BYTES).putLong(first).put(address);
            unsavedFrom = Math.min(unsavedFrom, at);
            unsavedTo = Math.max(unsavedTo, at + SLOT_BYTES);
        } else {
            byte[] bytes = ByteBuffer.allocate(SLOT_BYTES).putLong(first).put(address).array();
            openFile().write(at, bytes, 0, SLOT_BYTES);
        }
    }

    /** Writes down what it knows, as complete for a folder with that stamp. */
    void save(Stamp folder, Boot now) {
        stamp = folder;
        boot = now.id();
        number = nextNumber();
        putHeader();
        if (anew) {
            saveAnew();
        } else {
            saveChanges(openFile());
        }
    }

    /** The header last: it says that all the rest is there. */
    private void saveChanges(OpenFile into) {
        if (unsavedFrom < unsavedTo) {
            into.write(unsavedFrom, image, unsavedFrom, unsavedTo - unsavedFrom);
        }
        into.write(0, image, 0, HEADER_BYTES);
    }

    private void saveAnew() {
        Path aside = file.resolveSibling(file.getFileName() + ".new");
        try {
            Inode.remove(aside);
            try (OpenFile out = OpenFile.makeNew(aside, PRIVATE_MODE)) {
                out.write(image);
            }
            Inode.rename(aside, file);
        } catch (KernelException e) {
            Inode.remove(aside);
            throw e;
        }
    }

    private void putHeader() {
        ByteBuffer.wrap(image)
                .putLong(MAGIC)
                .put(Arrays.copyOf(boot.getBytes(StandardCharsets.US_ASCII), BOOT_BYTES))
                .putInt(0)
                .putLong(stamp.modified())
                .putLong(stamp.changed())
                .putLong(number)
                .putInt(slots)
                .putInt(filled);
    }

    private OpenFile openFile() {
        if (open == null) {
            throw new IllegalStateException(file + " is not open");
        }
        return open;
    }

    private byte[] readFully(int from, int count) {
        byte[] read = openFile().read(from, count);
        if (read.length < count) {
            throw new KernelException("read " + file + ": it is too short", Errno.EIO);
        }
        return read;
    }

    private static byte[] bytes(Ip address) {
        byte[] bytes = address.bytes();
        if (bytes.length == 16) {
            return bytes;
        }
        // An IPv4 address in its IPv6 form, ::ffff:a.b.c.d; Ip.of turns it back.
        byte[] mapped = new byte[16];
        mapped[10] = -1;
        mapped[11] = -1;
        System.arraycopy(bytes, 0, mapped, 12, 4);
        return mapped;
    }

    /**
     * FNV-1a with its bits mixed, as the table uses the upper ones only. Any collision costs one
     * look at a file.
     */
    private static long key(Holder holder) {
        long hash = 0xcbf29ce484222325L;
        for (byte each : holder.text().getBytes(StandardCharsets.UTF_8)) {
            hash = (hash ^ (each & 0xff)) * 0x100000001b3L;
        }
        hash ^= hash >>> 32;
        hash *= 0x9e3779b97f4a7c15L;
        hash &= ~OLD_FLAG;
        return hash == 0 ? 2 : hash;
    }

    @Override
    public void close() {
        if (open != null) {
            open.close();
            open = null;
        }
    }

    /** A walk over the slots in which a key can be, to the first that was never used. */
    private final class Search {
        private final long key;
        private final int start;
        private int step = -1;
        private ByteBuffer window = ByteBuffer.allocate(0);
        private long first;

        Search(long key) {
            this.key = key;
            this.start = (int) (key >>> 32) & (slots - 1);
        }

        /**
         * Moves to the next slot that was ever used; false at one that never was, where {@link
         * #slot} then is.
         */
        boolean next() {
            step++;
            if (step >= slots) {
                throw new KernelException("search " + file + ": no slot is free", Errno.EIO);
            }
            if (window.remaining() < SLOT_BYTES) {
                window = window();
            }
            first = window.getLong();
            window.position(window.position() + 16);
            return first != 0;
        }

        private ByteBuffer window() {
            int from = slot();
            int at = place(from);
            if (at < image.length) {
                return ByteBuffer.wrap(image, at, image.length - at);
            }
            int count = Math.min(SLOTS_AT_ONCE, slots - from);
            return ByteBuffer.wrap(readFully(at, count * SLOT_BYTES));
        }

        int slot() {
            return (start + step) & (slots - 1);
        }

        boolean isFresh() {
            return first == 0;
        }

        boolean isGone() {
            return first == GONE;
        }

        boolean isMatch() {
            return isUsed(first) && (first & ~OLD_FLAG) == key;
        }

        boolean isOld() {
            return (first & OLD_FLAG) != 0;
        }

        Ip address() {
            byte[] address = new byte[16];
            window.get(window.position() - 16, address);
            return Ip.of(address);
        }
    }
}
