/**
 * The {@code bridge} plugin: joins a container to a bridge of the host through a veth pair, with
 * addresses from an IPAM plugin, routes, masquerading, VLANs and spoof protection.
 *
 * <p>Start at {@link dev.pontoon.bridge.BridgePlugin}; its {@code add} is the story of an ADD, and
 * {@code Removal} that of DEL and GC. The surprising fact: nothing here runs another program,
 * except IPAM plugins that are not Pontoon's, and {@code iptables} where the configuration asks for
 * it by name.
 */
@NullMarked
package dev.pontoon.bridge;

import org.jspecify.annotations.NullMarked;
