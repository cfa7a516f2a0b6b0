package dev.pontoon.linux;

/** Where requests about a link go: to the kernel at once, or into a {@link Batch}. */
interface Dispatcher {
    /**
     * Takes one request. {@code link} is the index of the link it is about, 0 for none; the
     * request's text says "link N" and a failure then tells the link's name instead.
     */
    void send(NetlinkRequest request, int link);
}
