package dev.pontoon.linux;

import dev.pontoon.linux.uapi.IfAddr;
import java.util.Arrays;

/**
 * An address of a link.
 *
 * @param link the link's index
 * @param address 4 or 16 bytes in network order; not to be changed
 * @param prefixLength in bits
 * @param flags IFA_F_… bits
 * @param scope RT_SCOPE_…: universe for ordinary addresses, link for fe80::/10, host for 127.0.0.1
 */
@SuppressWarnings("ArrayRecordComponent") // equals and hashCode below look inside
public record Address(int link, byte[] address, int prefixLength, int flags, int scope) {
    // struct ifaddrmsg: u8 family, u8 prefix length, u8 flags, u8 scope, u32 index
    static final int HEADER_LENGTH = 8;

    /** Reads an RTM_NEWADDR message. */
    static Address read(NetlinkMessage message) {
        Attributes all = message.attributes(HEADER_LENGTH);
        // On a point-to-point link IFA_ADDRESS is the other side's; IPv6 often has no IFA_LOCAL.
        int own = all.has(IfAddr.IFA_LOCAL) ? IfAddr.IFA_LOCAL : IfAddr.IFA_ADDRESS;
        return new Address(
                message.headerInt(4),
                all.bytes(own).orElse(new byte[0]),
                message.headerByte(1),
                all.integer(IfAddr.IFA_FLAGS).orElse(message.headerByte(2)),
                message.headerByte(3));
    }

    /** Whether it is this address, with whatever prefix. */
    public boolean is(byte[] other) {
        return Arrays.equals(address, other);
    }

    /** Whether it is this address with this prefix. */
    public boolean is(byte[] other, int otherPrefixLength) {
        return prefixLength == otherPrefixLength && is(other);
    }

    /** Whether its subnet has this address; never across families. */
    public boolean contains(byte[] other) {
        if (other.length != address.length) {
            return false;
        }
        int bit = 0;
        while (bit < prefixLength) {
            int mask = 0x80 >> (bit & 7);
            if (((address[bit >> 3] ^ other[bit >> 3]) & mask) != 0) {
                return false;
            }
            bit++;
        }
        return true;
    }

    /** Whether, as an IPv4 address, it came to a link that had one of this subnet already. */
    public boolean secondary() {
        return address.length == 4 && (flags & IfAddr.IFA_F_SECONDARY) != 0;
    }

    /** Whether duplicate address detection is not yet done with it. */
    public boolean tentative() {
        return (flags & IfAddr.IFA_F_TENTATIVE) != 0;
    }

    /** Whether somebody else on the network has it. */
    public boolean duplicate() {
        return (flags & IfAddr.IFA_F_DADFAILED) != 0;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Address that
                && link == that.link
                && is(that.address, that.prefixLength)
                && flags == that.flags
                && scope == that.scope;
    }

    @Override
    public int hashCode() {
        return 31 * link + Arrays.hashCode(address);
    }

    /** "10.1.0.1/24 on link 3". */
    @Override
    public String toString() {
        return IpText.format(address, prefixLength) + " on link " + link;
    }
}
