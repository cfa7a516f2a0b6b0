/**
 * nftables as {@code nft} and packets see them after this module has changed them.
 *
 * <p>Start at {@link dev.pontoon.linux.nft.NftablesIT}; the classes named after a feature
 * (masquerading, spoof checks, port mapping) send real packets through the rules a plugin would
 * make. The surprising fact: every ruleset is compared with the one {@code nft} itself makes from
 * text, down to the single expression.
 */
@NullMarked
package dev.pontoon.linux.nft;

import org.jspecify.annotations.NullMarked;
