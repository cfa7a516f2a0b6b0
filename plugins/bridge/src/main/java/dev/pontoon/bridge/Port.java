package dev.pontoon.bridge;

import dev.pontoon.linux.Link;
import dev.pontoon.linux.Links;
import dev.pontoon.linux.NetworkNamespace;

/** The link by which an attachment joins the bridge: made for it, or there before. */
sealed interface Port permits VethPort, EarlierLink {
    /** The name of the host's link. */
    String hostName();

    /** The source MAC of frames that come in here; empty if nobody said which. */
    byte[] containerMac();

    /** Whether there is an interface inside the container to be configured. */
    boolean reachesContainer();

    /** Writes down what is needed to undo {@link #join}, before it is called. */
    BridgeRecord writtenTo(BridgeRecord record);

    /** Makes the link a port of the bridge, up, without the port's settings. */
    void join(BridgeConfig config, Link bridge, NetworkNamespace netns, String ifname, Links host);
}
