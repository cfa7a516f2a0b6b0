/**
 * The {@code ptp} plugin: joins a container to the host by a veth pair that only these two share.
 * The host is the container's gateway, and routes to it address by address.
 *
 * <p>Start at {@link dev.pontoon.ptp.PtpPlugin}; {@code Addition} is the story of an ADD, {@code
 * HostEnd} and {@code ContainerRoute} say how a packet finds its way. The surprising fact: no
 * address has a subnet on the link. What the container calls its subnet it reaches through the
 * gateway, so that containers of one subnet meet on the host.
 */
@NullMarked
package dev.pontoon.ptp;

import org.jspecify.annotations.NullMarked;
