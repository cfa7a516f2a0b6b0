package dev.pontoon.linux;

import java.util.Arrays;

/**
 * A policy routing rule: packets from a prefix are looked up in a table. The family is the
 * prefix's.
 *
 * @param from 4 or 16 bytes in network order, all zero with prefix 0 for packets from anywhere; not
 *     to be changed
 * @param prefixLength in bits
 * @param table the table to look in; 0 for a rule that does something else
 * @param priority smaller is asked first; 0 when adding lets the kernel choose one before all
 *     others but the first
 */
@SuppressWarnings("ArrayRecordComponent") // equals and hashCode below look inside
public record Rule(byte[] from, int prefixLength, int table, int priority) {
    /** Checks the prefix. */
    public Rule {
        Family.of(from, prefixLength);
    }

    /** AF_INET or AF_INET6. */
    public int family() {
        return Family.of(from);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Rule that
                && Arrays.equals(from, that.from)
                && prefixLength == that.prefixLength
                && table == that.table
                && priority == that.priority;
    }

    @Override
    public int hashCode() {
        return 31 * (31 * Arrays.hashCode(from) + prefixLength) + table;
    }

    /** "from 10.1.0.5/32 lookup 100", as error messages say it. */
    @Override
    public String toString() {
        return "from " + IpText.format(from, prefixLength) + " lookup " + table;
    }
}
