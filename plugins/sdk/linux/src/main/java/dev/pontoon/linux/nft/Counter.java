package dev.pontoon.linux.nft;

/**
 * A named counter.
 *
 * @param name its name in the table
 * @param uses how many elements and rules refer to it by name; rules that find it in a map do not
 *     count
 */
public record Counter(String name, int uses) {}
