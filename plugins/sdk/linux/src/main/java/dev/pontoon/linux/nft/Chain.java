package dev.pontoon.linux.nft;

import org.jspecify.annotations.Nullable;

/**
 * A chain as the kernel has it.
 *
 * @param name its name in the table
 * @param handle the kernel's number for it
 * @param uses how many rules it has and how many jumps lead to it, together; a chain can be deleted
 *     when none leads to it, rules or not
 * @param base what makes it a base chain; null for a chain that is only jumped to, and for hooks
 *     that {@link Hook} does not have
 */
public record Chain(String name, long handle, int uses, @Nullable BaseChain base) {}
