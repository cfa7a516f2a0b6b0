package dev.pontoon.hostlocal;

import dev.pontoon.protocol.Attachment;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * Who holds a lease, as a lease file tells it: {@code containerID CR LF ifname}, or the container
 * id alone in files of older versions of the reference plugin.
 *
 * @param containerId the container; in a file that somebody wrote by hand perhaps no id at all
 * @param ifname the interface inside the container; empty if the file does not tell
 */
record Holder(String containerId, String ifname) {
    static Holder of(Attachment attachment) {
        return new Holder(attachment.containerId(), attachment.ifname());
    }

    /**
     * Reads a lease file; null if it was torn: empty, or with zero bytes where a crash lost the
     * text. White space around the text does no harm, and neither does a line feed without its
     * carriage return.
     */
    static @Nullable Holder read(byte[] content) {
        String text = new String(content, StandardCharsets.UTF_8);
        if (text.isBlank() || text.indexOf('\0') >= 0) {
            return null;
        }
        String stripped = text.strip();
        int line = stripped.indexOf('\n');
        return line < 0
                ? new Holder(stripped, "")
                : new Holder(
                        stripped.substring(0, line).strip(), stripped.substring(line + 1).strip());
    }

    /** The text of a lease file. */
    String text() {
        return ifname.isEmpty() ? containerId : containerId + "\r\n" + ifname;
    }

    /** The same container as a file of the older format tells it. */
    Holder withoutIfname() {
        return new Holder(containerId, "");
    }

    /**
     * Whether it can be an attachment's at all, and not a note that somebody wrote to keep an
     * address from use.
     */
    boolean isAttachment() {
        for (int i = 0; i < containerId.length(); i++) {
            char c = containerId.charAt(i);
            if (!(c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9')
                    && "_.-".indexOf(c) < 0) {
                return false;
            }
        }
        return true;
    }

    /** Whether a lease of this holder belongs to that attachment. */
    boolean covers(Holder attachment) {
        return containerId.equals(attachment.containerId)
                && (ifname.isEmpty() || ifname.equals(attachment.ifname));
    }

    // Spelled out: what a record gets by itself is made at run time, and costs a cold start 8 ms.
    @Override
    public boolean equals(Object other) {
        return other instanceof Holder that
                && containerId.equals(that.containerId)
                && ifname.equals(that.ifname);
    }

    @Override
    public int hashCode() {
        return 31 * containerId.hashCode() + ifname.hashCode();
    }

    @Override
    public String toString() {
        return ifname.isEmpty()
                ? "container " + containerId
                : ifname + " of container " + containerId;
    }
}
