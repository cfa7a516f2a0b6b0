package dev.pontoon.linux.nft;

/**
 * Where a base chain meets packets. The numbers of NF_INET_* and NF_BR_* agree, so these serve the
 * families inet, ip, ip6 and bridge; arp and netdev have hooks of their own, which Pontoon does not
 * use.
 */
public enum Hook {
    PREROUTING(0),
    INPUT(1),
    FORWARD(2),
    OUTPUT(3),
    POSTROUTING(4);

    private final int number;

    Hook(int number) {
        this.number = number;
    }

    int number() {
        return number;
    }
}
