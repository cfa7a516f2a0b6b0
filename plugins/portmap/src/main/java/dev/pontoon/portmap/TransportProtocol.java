package dev.pontoon.portmap;

import java.util.Locale;
import java.util.Optional;

/** What has ports. */
enum TransportProtocol {
    TCP(6),
    UDP(17),
    SCTP(132);

    private final int number;

    TransportProtocol(int number) {
        this.number = number;
    }

    /** As it stands in a packet. */
    int number() {
        return number;
    }

    /** The protocol of that name, in whatever case. */
    static Optional<TransportProtocol> of(String name) {
        for (TransportProtocol each : values()) {
            if (each.text().equalsIgnoreCase(name)) {
                return Optional.of(each);
            }
        }
        return Optional.empty();
    }

    /** In lower case, as rules and messages have it. */
    String text() {
        return name().toLowerCase(Locale.ROOT);
    }
}
