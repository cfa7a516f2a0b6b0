package dev.pontoon.runtime;

import dev.pontoon.protocol.CniException;
import dev.pontoon.protocol.ErrorCode;

/**
 * A version of the CNI specification, be it one that did not exist when this was written: a
 * configuration's version is the plugins' matter, a runtime has to know no more than the order.
 */
record SpecVersion(int major, int minor, int patch) implements Comparable<SpecVersion> {
    static final SpecVersion WITH_CHECK = new SpecVersion(0, 4, 0);
    static final SpecVersion WITH_GC = new SpecVersion(1, 1, 0);

    /** The newest that is spoken here. */
    static final SpecVersion NEWEST = WITH_GC;

    private static final int PARTS = 3;
    private static final int LONGEST_PART = 6;

    /** Reads one; the empty text is 0.1.0, missing parts are 0. Throws code 7. */
    static SpecVersion read(String text) {
        if (text.isEmpty()) {
            return new SpecVersion(0, 1, 0);
        }
        String[] parts = text.split("\\.", -1);
        int[] numbers = new int[PARTS];
        for (int i = 0; i < parts.length; i++) {
            if (i >= PARTS || !isNumber(parts[i])) {
                throw new CniException(
                        ErrorCode.INVALID_CONFIG,
                        "\"" + text + "\" is no version of CNI",
                        "it must be like 1.0.0");
            }
            numbers[i] = Integer.parseInt(parts[i]);
        }
        return new SpecVersion(numbers[0], numbers[1], numbers[2]);
    }

    private static boolean isNumber(String part) {
        return !part.isEmpty()
                && part.length() <= LONGEST_PART
                && part.chars().allMatch(c -> c >= '0' && c <= '9');
    }

    boolean atLeast(SpecVersion other) {
        return compareTo(other) >= 0;
    }

    @Override
    public int compareTo(SpecVersion other) {
        int order = Integer.compare(major, other.major);
        order = order == 0 ? Integer.compare(minor, other.minor) : order;
        return order == 0 ? Integer.compare(patch, other.patch) : order;
    }
}
