package dev.pontoon.linux;

/** Random numbers from the kernel, good for names that nobody else has; see getrandom(2). */
public final class RandomBytes {
    private RandomBytes() {}

    /** So many bytes, 256 at most. */
    public static byte[] take(int count) {
        return Libc.random(count);
    }
}
