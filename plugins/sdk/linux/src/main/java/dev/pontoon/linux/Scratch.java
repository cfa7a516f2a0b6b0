package dev.pontoon.linux;

import com.sun.jna.Native;
import com.sun.jna.Pointer;
import java.util.concurrent.ConcurrentLinkedDeque;

/**
 * Memory outside the heap for the C library to write into. An array of Java would be copied to and
 * fro whole, however little arrives. What was given back last is taken first: it is in the
 * processor's cache.
 */
final class Scratch {
    /** Whoever needs more pays for it each time. */
    private static final int USUAL_LENGTH = 32768;

    private static final ConcurrentLinkedDeque<Pointer> SPARE = new ConcurrentLinkedDeque<>();

    private Scratch() {}

    /** Memory for so many bytes, with anything in it; {@link #giveBack} it. */
    static Pointer take(int length) {
        if (length > USUAL_LENGTH) {
            return allocate(length);
        }
        Pointer spare = SPARE.pollFirst();
        return spare != null ? spare : allocate(USUAL_LENGTH);
    }

    private static Pointer allocate(int length) {
        long address = Native.malloc(length);
        if (address == 0) {
            throw new OutOfMemoryError("malloc of " + length + " bytes");
        }
        return new Pointer(address);
    }

    /** Ends the use of memory; {@code length} as when it was taken. */
    static void giveBack(Pointer memory, int length) {
        if (length > USUAL_LENGTH) {
            Native.free(Pointer.nativeValue(memory));
        } else {
            SPARE.addFirst(memory);
        }
    }
}
