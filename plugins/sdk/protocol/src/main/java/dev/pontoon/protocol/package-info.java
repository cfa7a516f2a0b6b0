/**
 * The CNI protocol in Java: what a runtime asks ({@link dev.pontoon.protocol.Request}), the
 * configuration it hands over ({@link dev.pontoon.protocol.NetworkConfig}), what a plugin answers
 * ({@link dev.pontoon.protocol.AddResult}, {@link dev.pontoon.protocol.CniException}), for spec
 * versions 0.1.0 to 1.1.0. It knows nothing of Linux, and Jackson and IPAddress do not show outside
 * it.
 *
 * <p>Start at {@link dev.pontoon.protocol.Request}. The surprising fact: keys of the configuration
 * match without regard to case, because containerd sends {@code HostPort} where the spec says
 * {@code hostPort} and every reader written in Go accepts that.
 */
@NullMarked
package dev.pontoon.protocol;

import org.jspecify.annotations.NullMarked;
