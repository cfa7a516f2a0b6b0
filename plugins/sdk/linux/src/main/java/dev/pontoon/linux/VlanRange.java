package dev.pontoon.linux;

/**
 * VLANs of a bridge port.
 *
 * @param from the first, 1 to 4094
 * @param to the last, the same as {@code from} for one VLAN
 * @param pvid whether untagged frames that come in belong to it
 * @param untagged whether its frames go out without a tag
 */
public record VlanRange(int from, int to, boolean pvid, boolean untagged) {}
