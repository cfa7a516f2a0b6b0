/**
 * The {@code firewall} plugin: lets what a container sends and what it is answered through the
 * host's firewall, by one of three backends, and keeps bridges apart where {@code ingressPolicy}
 * asks for it.
 *
 * <p>Start at {@link dev.pontoon.firewall.FirewallPlugin}; {@code Addition} is the story of an ADD,
 * {@code Removal} that of DEL and GC, {@code Filter} what each backend does. The surprising fact:
 * in nftables an accept in one table does not overrule a drop in another, so our own table cannot
 * open a host whose iptables chain FORWARD drops: that takes rules in that very chain, see {@code
 * ForwardChain}.
 */
@NullMarked
package dev.pontoon.firewall;

import org.jspecify.annotations.NullMarked;
