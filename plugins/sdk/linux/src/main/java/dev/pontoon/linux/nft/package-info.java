/**
 * nftables over netlink: tables, chains, rules, sets and maps, in one atomic batch, without the
 * {@code nft} program. What is made here lists and loads again with {@code nft} as if it had made
 * it.
 *
 * <p>Start at {@link dev.pontoon.linux.nft.NftBatch} (what can be changed) and {@link
 * dev.pontoon.linux.nft.Nftables} (how it is committed and read). Prefer an element in a map to a
 * rule of its own: adding, finding and deleting one takes the same time whatever the number of
 * containers.
 *
 * <p>The surprising fact: the integers of nf_tables attributes are in network byte order, unlike
 * those of rtnetlink, and closing a socket after a deletion waits several milliseconds for the
 * kernel's clean-up.
 */
@NullMarked
package dev.pontoon.linux.nft;

import org.jspecify.annotations.NullMarked;
