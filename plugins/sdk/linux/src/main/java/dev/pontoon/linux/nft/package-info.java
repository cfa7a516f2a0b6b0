/**
 * nftables over netlink: tables, chains, rules, sets and maps, in one atomic batch, without the
 * {@code nft} program.
 *
 * <p>The surprising fact: the integers of nf_tables attributes are in network byte order, unlike
 * those of rtnetlink, and closing a socket after a deletion waits several milliseconds for the
 * kernel's clean-up.
 */
@NullMarked
package dev.pontoon.linux.nft;

import org.jspecify.annotations.NullMarked;
