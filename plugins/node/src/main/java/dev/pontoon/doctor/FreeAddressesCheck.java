package dev.pontoon.doctor;

import dev.pontoon.hostlocal.AddressUse;
import dev.pontoon.protocol.Cidr;
import java.io.IOException;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * How many addresses a network has left. Leases that belong to nobody do not count: host-local
 * takes back those of before the boot itself, and {@link AbandonedLeaseCheck} names the others.
 */
final class FreeAddressesCheck implements Check {
    private static final int NEARLY_FULL_PERCENT = 90;
    private static final int HUNDRED = 100;

    @Override
    public String name() {
        return "addresses";
    }

    @Override
    public String subject() {
        return "how many addresses are left";
    }

    @Override
    public List<Finding> look(Node node) throws IOException {
        List<Finding> findings = new ArrayList<>();
        for (Network network : node.networks()) {
            List<AddressUse.Given> abandoned = AbandonedLeaseCheck.abandoned(node, network);
            for (AddressUse use : network.uses()) {
                long used =
                        use.leases().stream()
                                .filter(each -> !each.beforeBoot() && !abandoned.contains(each))
                                .count();
                if (isNearlyFull(used, use.size())) {
                    findings.add(finding(node, network, use, used));
                }
            }
        }
        return findings;
    }

    static boolean isNearlyFull(long used, BigInteger size) {
        return BigInteger.valueOf(used * HUNDRED)
                        .compareTo(size.multiply(BigInteger.valueOf(NEARLY_FULL_PERCENT)))
                >= 0;
    }

    private static Finding finding(Node node, Network network, AddressUse use, long used) {
        boolean isFull = BigInteger.valueOf(used).compareTo(use.size()) >= 0;
        return new Finding(
                isFull ? Severity.BROKEN : Severity.WILL_BREAK,
                "network \"" + network.name() + "\" in " + network.file(),
                "has given out " + used + " of the " + use.size() + " addresses " + use.ranges(),
                isFull
                        ? "the next container is refused: no address is left"
                        : "containers will be refused once the rest is gone",
                extend(node, network, use));
    }

    /** A second subnet beside a single one, where the file can be changed by a program. */
    private static Mend extend(Node node, Network network, AddressUse use) {
        Subnet subnet =
                network.subnets().stream()
                        .filter(each ->
                                use.leases().stream()
                                        .anyMatch(
                                                lease -> each.network().contains(lease.address())))
                        .findFirst()
                        .orElse(network.subnets().getFirst());
        Optional<Cidr> free = FreeSubnet.like(subnet.network(), node.subnetsInUse());
        if (free.isEmpty() || !subnet.isPlain()) {
            return Mend.byHand(
                    "give the network a larger range, or a second one, in " + network.file());
        }
        String own = "\"subnet\" *: *\"" + subnet.text().replace(".", "\\.") + "\"";
        String more = "{\"subnet\": \"" + free.get() + "\"}";
        String command =
                subnet.isInList()
                        ? Shell.edit("{ *" + own + " *}", "&, " + more, network.file())
                        : Shell.edit(
                                own,
                                "\"ranges\": [[{\"subnet\": \""
                                        + subnet.text()
                                        + "\"}, "
                                        + more
                                        + "]]",
                                network.file());
        return Mend.by(command)
                .knowing("if containers are many for one node, look for those that should be gone");
    }
}
