package dev.pontoon.doctor;

import dev.pontoon.protocol.Cidr;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/** Networks that give out the same addresses. */
final class SubnetCheck implements Check {
    @Override
    public String name() {
        return "subnets";
    }

    @Override
    public String subject() {
        return "the subnets of the networks beside each other";
    }

    @Override
    public List<Finding> look(Node node) {
        List<Finding> findings = new ArrayList<>();
        List<Network> networks = node.networks();
        for (int i = 0; i < networks.size(); i++) {
            for (int j = 0; j < i; j++) {
                findings.addAll(between(node, networks.get(j), networks.get(i)));
            }
        }
        return findings;
    }

    private static List<Finding> between(Node node, Network first, Network second) {
        List<Finding> findings = new ArrayList<>();
        for (Subnet own : second.subnets()) {
            for (Subnet other : first.subnets()) {
                if (own.network().overlaps(other.network()) && !leaseTogether(first, second)) {
                    findings.add(finding(node, first, other, second, own));
                }
            }
        }
        return findings;
    }

    /** Host-local keeps a folder of leases for each name. */
    private static boolean leaseTogether(Network first, Network second) {
        return first.leases().equals(second.leases());
    }

    private static Finding finding(
            Node node, Network first, Subnet other, Network second, Subnet own) {
        return new Finding(
                Severity.WILL_BREAK,
                "network \"" + second.name() + "\" in " + second.file(),
                "its subnet "
                        + own.text()
                        + " overlaps with "
                        + other.text()
                        + " of network \""
                        + first.name()
                        + "\" in "
                        + first.file(),
                "each keeps its own leases, so two containers can get one address, and one of them no answers",
                renumber(node, second, own));
    }

    /** Another subnet for a network, where the file can be changed by a program. */
    static Mend renumber(Node node, Network network, Subnet subnet) {
        Optional<Cidr> free = FreeSubnet.like(subnet.network(), node.subnetsInUse());
        boolean standsOnce = network.text().split(Pattern.quote(subnet.text()), -1).length == 2;
        if (free.isEmpty() || !subnet.isPlain() || !standsOnce) {
            return Mend.byHand("give the network another subnet in " + network.file());
        }
        Mend mend = Mend.by(Shell.replace(subnet.text(), free.get().toString(), network.file()));
        return node.living(network).isEmpty()
                ? mend
                : mend.knowing(
                        "and start the network's containers anew: they keep the old addresses");
    }
}
