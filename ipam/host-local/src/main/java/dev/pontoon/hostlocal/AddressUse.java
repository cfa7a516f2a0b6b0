package dev.pontoon.hostlocal;

import dev.pontoon.protocol.Ip;
import dev.pontoon.protocol.NetworkConfig;
import java.math.BigInteger;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/**
 * What is given out of one set of ranges, for whoever looks after a node. Reading it takes no lock
 * and changes nothing.
 *
 * @param ranges the ranges as text: {@code 10.22.0.1-10.22.0.254}
 * @param size how many addresses can be given out: neither gateways nor excluded ones
 * @param leases those that are given out
 */
public record AddressUse(String ranges, BigInteger size, List<Given> leases) {
    public AddressUse {
        leases = List.copyOf(leases);
    }

    /**
     * A lease.
     *
     * @param address the address
     * @param containerId who has it; perhaps no id at all, in a file that somebody wrote by hand
     * @param ifname for which interface; empty in files of older versions of the reference plugin
     * @param since when it was given out
     * @param beforeBoot whether that was before the last boot, which no container has survived
     */
    public record Given(
            Ip address, String containerId, String ifname, Instant since, boolean beforeBoot) {}

    /**
     * Of each set of ranges that the configuration has, the runtime's aside. Throws as an ADD would
     * if it is wrong.
     */
    public static List<AddressUse> of(NetworkConfig config) {
        HostLocalConfig read = HostLocalConfig.read(config, Path.of("/"));
        LeaseFolder folder = new LeaseFolder(read.dataDir().resolve(config.name()));
        List<Given> given = given(folder);
        List<AddressUse> uses = new ArrayList<>();
        for (RangeSet set : read.sets()) {
            List<Given> inside = new ArrayList<>();
            for (Given each : given) {
                if (set.contains(each.address())) {
                    inside.add(each);
                }
            }
            uses.add(new AddressUse(set.toString(), set.available(), inside));
        }
        return uses;
    }

    private static List<Given> given(LeaseFolder folder) {
        List<Given> given = new ArrayList<>();
        for (Ip address : folder.addresses()) {
            Lease lease = folder.lease(address);
            if (lease != null) {
                given.add(given(lease, folder));
            }
        }
        return given;
    }

    private static Given given(Lease lease, LeaseFolder folder) {
        String made = folder.bootOf(lease.address());
        String now = Boot.current().id();
        return new Given(
                lease.address(),
                lease.holder().containerId(),
                lease.holder().ifname(),
                Instant.ofEpochMilli(folder.madeAt(lease.address())),
                !made.isEmpty() && !now.isEmpty() && !made.equals(now));
    }

    /** How many addresses can still be given out; never negative. */
    public BigInteger free() {
        return size.subtract(BigInteger.valueOf(leases.size())).max(BigInteger.ZERO);
    }
}
