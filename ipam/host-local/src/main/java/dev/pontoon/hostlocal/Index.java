package dev.pontoon.hostlocal;

import dev.pontoon.protocol.Ip;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
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
    private static final FileAttribute<?> PRIVATE =
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"));
    private static final Set<StandardOpenOption> READ_WRITE =
            EnumSet.of(StandardOpenOption.READ, StandardOpenOption.WRITE);
    private static final Set<StandardOpenOption> NEW_FILE =
            EnumSet.of(
                    StandardOpenOption.CREATE,
                    StandardOpenOption.TRUNCATE_EXISTING,
                    StandardOpenOption.WRITE);

    private final Path file;
    private @Nullable FileChannel channel;
    // Holds all slots where they are not, or not yet, in the file.
    private byte @Nullable [] memory;
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
            index.channel =
                    writable
                            ? FileChannel.open(file, READ_WRITE)
                            : FileChannel.open(file, StandardOpenOption.READ);
            index.readHeader();
        } catch (NoSuchFileException e) {
            index.forget();
        } catch (IOException e) {
            index.close();
            index.forget();
        }
        return index;
    }

    private void forget() {
        // A number that no stamp of a lost index has had, as far as anybody can tell.
        number = System.nanoTime();
        boot = "";
        stamp = new Stamp(0, 0);
        reset(FEWEST_SLOTS);
    }

    private void reset(int slots) {
        this.slots = slots;
        this.filled = 0;
        this.memory = new byte[slots * SLOT_BYTES];
    }

    private void readHeader() throws IOException {
        ByteBuffer header = ByteBuffer.allocate(HEADER_BYTES);
        readFully(header, 0);
        header.flip();
        long magic = header.getLong();
        byte[] text = new byte[BOOT_BYTES];
        header.get(text);
        header.getInt();
        stamp = new Stamp(header.getLong(), header.getLong());
        number = header.getLong();
        slots = header.getInt();
        filled = header.getInt();
        boot = new String(text, StandardCharsets.US_ASCII).trim();
        if (magic != MAGIC || !isPossible(slots) || openChannel().size() != size(slots)) {
            throw new IOException(file + " is no index");
        }
    }

    private static boolean isPossible(int slots) {
        return slots >= FEWEST_SLOTS && slots <= MOST_SLOTS && Integer.bitCount(slots) == 1;
    }

    private static long size(int slots) {
        return HEADER_BYTES + (long) slots * SLOT_BYTES;
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
    List<Ip> find(Holder holder) throws IOException {
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
    boolean isOld(Lease lease) throws IOException {
        Search search = new Search(key(lease.holder()));
        while (search.next()) {
            if (search.isMatch() && search.address().equals(lease.address())) {
                return search.isOld();
            }
        }
        return false;
    }

    /** Adds a lease that it does not have. */
    void add(Lease lease, boolean old) throws IOException {
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
    void remove(Lease lease) throws IOException {
        Search search = new Search(key(lease.holder()));
        while (search.next()) {
            if (search.isMatch() && search.address().equals(lease.address())) {
                write(search.slot(), GONE, new byte[16]);
                return;
            }
        }
    }

    /** Moves all that is in use to a table with room, in memory; {@link #save} writes it. */
    private void grow() throws IOException {
        byte[] before = load();
        int used = 0;
        for (int i = 0; i < slots; i++) {
            used += isUsed(ByteBuffer.wrap(before).getLong(i * SLOT_BYTES)) ? 1 : 0;
        }
        int count = slots;
        reset(slotsFor(used + 1));
        ByteBuffer from = ByteBuffer.wrap(before);
        byte[] address = new byte[16];
        for (int i = 0; i < count; i++) {
            long first = from.getLong(i * SLOT_BYTES);
            if (isUsed(first)) {
                from.get(i * SLOT_BYTES + 8, address);
                append(first, address);
            }
        }
    }

    private void append(long first, byte[] address) throws IOException {
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

    /** Reads all slots into memory, for many look-ups. */
    byte[] load() throws IOException {
        byte[] loaded = memory;
        if (loaded == null) {
            loaded = new byte[slots * SLOT_BYTES];
            readFully(ByteBuffer.wrap(loaded), HEADER_BYTES);
            memory = loaded;
        }
        return loaded;
    }

    private void write(int slot, long first, byte[] address) throws IOException {
        ByteBuffer bytes = ByteBuffer.allocate(SLOT_BYTES).putLong(first).put(address).flip();
        if (memory != null) {
            System.arraycopy(bytes.array(), 0, memory, slot * SLOT_BYTES, SLOT_BYTES);
        } else {
            writeFully(openChannel(), bytes, HEADER_BYTES + (long) slot * SLOT_BYTES);
        }
    }

    /** Writes down what it knows, as complete for a folder with that stamp. */
    void save(Stamp folder, Boot now) throws IOException {
        stamp = folder;
        boot = now.id();
        number = nextNumber();
        byte[] all = memory;
        if (all == null) {
            writeFully(openChannel(), header(), 0);
            return;
        }
        Path aside = file.resolveSibling(file.getFileName() + ".new");
        try (FileChannel out = FileChannel.open(aside, NEW_FILE, PRIVATE)) {
            writeFully(out, header(), 0);
            writeFully(out, ByteBuffer.wrap(all), HEADER_BYTES);
        } catch (IOException e) {
            Files.deleteIfExists(aside);
            throw e;
        }
        Files.move(aside, file, StandardCopyOption.ATOMIC_MOVE);
    }

    private ByteBuffer header() {
        return ByteBuffer.allocate(HEADER_BYTES)
                .putLong(MAGIC)
                .put(Arrays.copyOf(boot.getBytes(StandardCharsets.US_ASCII), BOOT_BYTES))
                .putInt(0)
                .putLong(stamp.modified())
                .putLong(stamp.changed())
                .putLong(number)
                .putInt(slots)
                .putInt(filled)
                .position(0);
    }

    private FileChannel openChannel() throws IOException {
        if (channel == null) {
            throw new IOException(file + " is not open");
        }
        return channel;
    }

    private void readFully(ByteBuffer into, long position) throws IOException {
        while (into.hasRemaining()) {
            int count = openChannel().read(into, position + into.position());
            if (count < 0) {
                throw new EOFException(file + " is too short");
            }
        }
    }

    private static void writeFully(FileChannel channel, ByteBuffer bytes, long position)
            throws IOException {
        long at = position;
        while (bytes.hasRemaining()) {
            at += channel.write(bytes, at);
        }
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
        FileChannel open = channel;
        channel = null;
        if (open != null) {
            try {
                open.close();
            } catch (IOException e) {
                // All has been written; the kernel has nothing to add.
            }
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
        boolean next() throws IOException {
            step++;
            if (step >= slots) {
                throw new IOException(file + " has no free slot");
            }
            if (window.remaining() < SLOT_BYTES) {
                window = window();
            }
            first = window.getLong();
            window.position(window.position() + 16);
            return first != 0;
        }

        private ByteBuffer window() throws IOException {
            int from = slot();
            int count = Math.min(SLOTS_AT_ONCE, slots - from);
            byte[] all = memory;
            if (all != null) {
                return ByteBuffer.wrap(all, from * SLOT_BYTES, count * SLOT_BYTES);
            }
            ByteBuffer read = ByteBuffer.allocate(count * SLOT_BYTES);
            readFully(read, HEADER_BYTES + (long) from * SLOT_BYTES);
            return read.flip();
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
