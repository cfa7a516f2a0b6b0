package dev.pontoon.runtime;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.pontoon.protocol.Attachment;
import dev.pontoon.protocol.CniException;
import dev.pontoon.protocol.ErrorCode;

/**
 * For whom a network is called, and what a runtime has to say about it.
 *
 * @param containerId the container
 * @param ifname the interface inside the container
 * @param netns the path of the container's namespace; empty if it is gone
 * @param args CNI_ARGS: {@code KEY=value;KEY=value}, or empty
 * @param capabilityArgs what the runtime has for plugins that declare the capability, by its name
 */
public record Target(
        String containerId, String ifname, String netns, String args, ObjectNode capabilityArgs) {
    /** Without arguments. */
    public Target(Attachment attachment, String netns) {
        this(attachment.containerId(), attachment.ifname(), netns, "", Documents.object());
    }

    public Target {
        requirePairs(args);
    }

    /** Throws code 4 unless the text is empty or pairs as libcni passes them on. */
    private static void requirePairs(String args) {
        if (args.isEmpty()) {
            return;
        }
        for (String pair : args.split(";", -1)) {
            int equals = pair.indexOf('=');
            if (equals <= 0 || equals == pair.length() - 1 || pair.indexOf('=', equals + 1) > 0) {
                throw new CniException(
                        ErrorCode.INVALID_ENVIRONMENT,
                        "CNI_ARGS has \"" + pair + "\", which is no KEY=value",
                        "pairs are separated by ';', as in IgnoreUnknown=1;IP=10.1.2.3");
            }
        }
    }

    /** The attachment to that network. */
    public Attachment attachmentTo(String network) {
        return new Attachment(network, containerId, ifname);
    }

    /** The same container whose namespace is gone. */
    public Target withoutNamespace() {
        return new Target(containerId, ifname, "", args, capabilityArgs);
    }
}
