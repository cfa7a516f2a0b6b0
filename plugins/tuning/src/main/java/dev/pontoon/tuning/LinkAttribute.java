package dev.pontoon.tuning;

import dev.pontoon.linux.Link;
import dev.pontoon.linux.Links;
import dev.pontoon.linux.MacAddress;
import java.util.Optional;

/**
 * What can be set on an interface. Values are texts here, as in the ledger: {@code true}, {@code
 * 1500}, {@code 02:11:22:33:44:55}.
 */
enum LinkAttribute {
    MAC("mac"),
    PROMISCUOUS("promisc"),
    MTU("mtu"),
    ALL_MULTICAST("allmulti"),
    TX_QUEUE_LENGTH("txQLen");

    private final String key;

    LinkAttribute(String key) {
        this.key = key;
    }

    /** The key in the configuration, and in the file that the reference plugin keeps. */
    String key() {
        return key;
    }

    /** The attribute of that key; empty if there is none. */
    static Optional<LinkAttribute> of(String key) {
        for (LinkAttribute each : values()) {
            if (each.key.equals(key)) {
                return Optional.of(each);
            }
        }
        return Optional.empty();
    }

    /** Its value on an interface. */
    String read(Link link) {
        return switch (this) {
            case MAC -> link.macText();
            case PROMISCUOUS -> Boolean.toString(link.promiscuous());
            case MTU -> Integer.toString(link.mtu());
            case ALL_MULTICAST -> Boolean.toString(link.allMulticast());
            case TX_QUEUE_LENGTH -> Integer.toString(link.txQueueLength());
        };
    }

    /** Sets it. Throws KernelException if the kernel refuses the value. */
    void write(Links links, int index, String value) {
        switch (this) {
            case MAC -> links.setMac(index, MacAddress.parse(value));
            case PROMISCUOUS -> links.setPromiscuous(index, Boolean.parseBoolean(value));
            case MTU -> links.setMtu(index, Integer.parseInt(value));
            case ALL_MULTICAST -> links.setAllMulticast(index, Boolean.parseBoolean(value));
            case TX_QUEUE_LENGTH -> links.setTxQueueLength(index, Integer.parseInt(value));
        }
    }
}
