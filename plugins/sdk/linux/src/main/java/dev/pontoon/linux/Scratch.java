package dev.pontoon.linux;

import com.sun.jna.Native;
import com.sun.jna.Pointer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * Memory outside the heap, in which the C library finds its arguments and leaves its answers.
 * Whoever takes it has it alone until it is closed. What was given back last is taken first: it is
 * in the processor's cache.
 */
final class Scratch implements AutoCloseable {
    /** Whoever needs more pays for it each time. */
    private static final int USUAL_LENGTH = 32768;

    private static final List<Scratch> SPARE = new ArrayList<>();

    private final Pointer memory;
    private final int length;

    private Scratch(int length) {
        long address = Native.malloc(length);
        if (address == 0) {
            throw new OutOfMemoryError("malloc of " + length + " bytes");
        }
        this.memory = new Pointer(address);
        this.length = length;
    }

    /** Memory for so many bytes, with anything in it. */
    static Scratch take(int length) {
        if (length > USUAL_LENGTH) {
            return new Scratch(length);
        }
        synchronized (SPARE) {
            if (!SPARE.isEmpty()) {
                return SPARE.removeLast();
            }
        }
        return new Scratch(USUAL_LENGTH);
    }

    /** Memory that begins with {@code length} bytes of the array. */
    static Scratch of(byte[] bytes, int from, int length) {
        Scratch taken = take(length);
        taken.put(0, bytes, from, length);
        return taken;
    }

    /**
     * Memory that begins with the text in UTF-8 and the zero byte that ends it for C. Throws {@link
     * IllegalArgumentException} if the text has one itself.
     */
    static Scratch of(String text) {
        byte[] bytes = encode(text);
        Scratch taken = take(bytes.length + 1);
        taken.put(0, bytes, 0, bytes.length);
        taken.memory.setByte(bytes.length, (byte) 0);
        return taken;
    }

    private static byte[] encode(String text) {
        if (text.indexOf('\0') >= 0) {
            throw new IllegalArgumentException("text with a zero byte: " + text.replace('\0', '?'));
        }
        return text.getBytes(StandardCharsets.UTF_8);
    }

    /** Where it is. */
    long address() {
        return Pointer.nativeValue(memory);
    }

    void put(int at, byte[] bytes, int from, int count) {
        memory.write(at, bytes, from, count);
    }

    void putShort(int at, short value) {
        memory.setShort(at, value);
    }

    void putInt(int at, int value) {
        memory.setInt(at, value);
    }

    void putLong(int at, long value) {
        memory.setLong(at, value);
    }

    int getInt(int at) {
        return memory.getInt(at);
    }

    long getLong(int at) {
        return memory.getLong(at);
    }

    /** The first bytes. */
    byte[] bytes(int count) {
        return memory.getByteArray(0, count);
    }

    @Override
    public void close() {
        if (length > USUAL_LENGTH) {
            Native.free(address());
        } else {
            synchronized (SPARE) {
                SPARE.add(this);
            }
        }
    }
}
