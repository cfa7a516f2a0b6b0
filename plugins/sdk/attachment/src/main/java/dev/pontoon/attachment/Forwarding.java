package dev.pontoon.attachment;

import dev.pontoon.linux.Sysctl;
import dev.pontoon.plugin.Findings;
import dev.pontoon.plugin.LedgerEntry;
import dev.pontoon.protocol.Cidr;
import dev.pontoon.protocol.CniException;
import dev.pontoon.protocol.ErrorCode;
import java.util.List;

/** Whether the host forwards packets, for each IP version by itself. It is never switched off. */
public final class Forwarding {
    private Forwarding() {}

    /** Lets the host forward packets of the families that the addresses are of. */
    public static void enable(List<Cidr> addresses) {
        for (Cidr each : addresses) {
            Sysctl.ensure("1", path(each));
        }
    }

    /** Whether the host forwards packets of the address' family. */
    public static boolean isEnabled(Cidr address) {
        return Sysctl.read(path(address)).equals("1");
    }

    /** The setting for the address' family as sysctl(8) writes it, for messages. */
    public static String setting(Cidr address) {
        return String.join(".", path(address));
    }

    private static String[] path(Cidr address) {
        return address.isV4()
                ? new String[] {"net", "ipv4", "ip_forward"}
                : new String[] {"net", "ipv6", "conf", "all", "forwarding"};
    }

    /** For CHECK: throws if the host does not forward packets of these addresses' families. */
    public static void require(Findings findings, List<Cidr> addresses) {
        for (Cidr address : addresses) {
            if (!isEnabled(address)) {
                throw findings.failed(
                        "the host does not forward packets: " + setting(address) + " is not 1");
            }
        }
    }

    /** For STATUS: throws code 51 if containers are attached whose packets are not forwarded. */
    public static void requireFor(List<LedgerEntry> attached) {
        for (LedgerEntry entry : attached) {
            for (Cidr address : new AttachmentRecord(entry).addresses()) {
                requireFor(address);
            }
        }
    }

    private static void requireFor(Cidr address) {
        if (!isEnabled(address)) {
            throw new CniException(
                    ErrorCode.NOT_AVAILABLE_LIMITED,
                    "the host does not forward packets of "
                            + (address.isV4() ? "IPv4" : "IPv6")
                            + " ("
                            + setting(address)
                            + " is not 1), and containers are attached to it",
                    "set it to 1 again, or detach and attach the containers again");
        }
    }
}
