package dev.pontoon.doctor;

import dev.pontoon.hostlocal.AddressUse;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** Addresses that host-local has given to containers which are gone. */
final class AbandonedLeaseCheck implements Check {
    @Override
    public String name() {
        return "abandoned-leases";
    }

    @Override
    public String subject() {
        return "leases of containers that are gone";
    }

    @Override
    public List<Finding> look(Node node) throws IOException {
        List<Finding> findings = new ArrayList<>();
        for (Network network : node.networks()) {
            List<AddressUse.Given> abandoned = abandoned(node, network);
            if (!abandoned.isEmpty()) {
                findings.add(finding(network, abandoned));
            }
        }
        return findings;
    }

    private static Finding finding(Network network, List<AddressUse.Given> abandoned) {
        List<String> files = abandoned.stream().map(each -> file(network, each)).toList();
        return new Finding(
                Severity.ADVICE,
                "leases of network \"" + network.name() + "\", " + Text.several(files),
                "are of containers that no ledger knows ("
                        + Text.several(
                                abandoned.stream().map(AddressUse.Given::containerId).toList())
                        + "), and no namespace on this host has the addresses",
                "the addresses stay taken",
                Mend.by("rm " + String.join(" ", files.stream().map(Shell::word).toList())));
    }

    private static String file(Network network, AddressUse.Given lease) {
        return network.leases().orElseThrow().resolve(lease.address().toString()).toString();
    }

    /**
     * Those of a network that belong to nobody for certain. A container that is in the ledger, dead
     * or alive, is not looked at here.
     */
    static List<AddressUse.Given> abandoned(Node node, Network network) throws IOException {
        List<AddressUse.Given> suspects = new ArrayList<>();
        network.uses().forEach(each -> suspects.addAll(each.leases()));
        suspects.removeIf(AddressUse.Given::beforeBoot);
        suspects.removeIf(each -> node.knows(network.name(), each.containerId()));
        if (suspects.isEmpty()) {
            return suspects;
        }
        Tenants tenants = node.tenants();
        suspects.removeIf(each -> tenants.addresses().contains(each.address()));
        return tenants.complete() ? suspects : List.of();
    }
}
