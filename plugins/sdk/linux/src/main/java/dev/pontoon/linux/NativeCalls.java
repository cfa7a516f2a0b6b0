package dev.pontoon.linux;

/** How this process calls the C library. */
public final class NativeCalls {
    private NativeCalls() {}

    /**
     * Makes every further call cheaper, for some 30 ms now: for a process that makes many. It may
     * be called at any time, and once more does nothing.
     */
    public static void bind() {
        Libc.bindAll();
    }
}
