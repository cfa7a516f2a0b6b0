package dev.pontoon.firewall;

import dev.pontoon.plugin.Cleanup;
import dev.pontoon.plugin.Findings;
import dev.pontoon.protocol.CniException;
import dev.pontoon.protocol.ErrorCode;
import dev.pontoon.protocol.Ip;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The backend that leaves it to firewalld: each address becomes a source of a zone, at run time
 * only, as with the reference plugin. Policies of bridges are not firewalld's business; they are
 * made in our own table.
 */
final class FirewalldFilter implements Filter {
    private static final String NAME = "org.fedoraproject.FirewallD1";
    private static final String PATH = "/org/fedoraproject/FirewallD1";
    private static final String ZONES = "org.fedoraproject.FirewallD1.zone";

    private static final List<String> THERE_ALREADY = List.of("ZONE_ALREADY_SET");
    // Of no zone, of another one, or the zone itself is gone.
    private static final List<String> NOT_THERE =
            List.of("UNKNOWN_SOURCE", "ZONE_CONFLICT", "INVALID_ZONE");

    private final Map<String, String> variables;
    private final NftablesFilter policies;
    private final Claims claims;

    /** {@code variables} are those of the call, one of which may say where the bus is. */
    FirewalldFilter(Map<String, String> variables, NftablesFilter policies, Claims claims) {
        this.variables = variables;
        this.policies = policies;
        this.claims = claims;
    }

    /** The bus on which firewalld runs; empty if it does not run. The caller closes it. */
    private static Optional<SystemBus> connect(Map<String, String> variables) {
        Optional<SystemBus> bus = SystemBus.connect(variables);
        if (bus.isPresent() && !bus.get().hasOwner(NAME)) {
            bus.get().close();
            return Optional.empty();
        }
        return bus;
    }

    /** Whether firewalld runs; costs next to nothing where there is no bus. */
    static boolean isRunning(Map<String, String> variables) {
        try (SystemBus bus = connect(variables).orElse(null)) {
            return bus != null;
        }
    }

    @Override
    public void open(FirewallRecord record) {
        if (!record.bridge().isEmpty()) {
            policies.open(record);
        }
        try (SystemBus bus = connect(variables).orElseThrow(FirewalldFilter::notRunning)) {
            for (Ip each : record.addresses()) {
                BusMessage answer = ask(bus, "addSource", record.zone(), each);
                if (answer.isError()) {
                    requireHarmless(answer, THERE_ALREADY, "add", record.zone(), each);
                }
            }
        }
    }

    static CniException notRunning() {
        return new CniException(
                ErrorCode.PROGRAM_FAILED,
                "the backend is firewalld, and nobody has the name " + NAME + " on the system bus",
                "start firewalld, or leave the choice of the backend to the plugin");
    }

    /** What firewalld had at run time is gone with it. */
    @Override
    public void close(FirewallRecord record) {
        Cleanup cleanup = new Cleanup();
        if (!record.bridge().isEmpty()) {
            cleanup.step("open " + record.bridge(), () -> policies.close(record));
        }
        cleanup.step(
                "remove sources of " + record.zone(),
                () -> close(record.zone(), record.addresses()));
        cleanup.finish();
    }

    /** Removes addresses from a zone but for those that others have. */
    void close(String zone, List<Ip> addresses) {
        try (SystemBus bus = connect(variables).orElse(null)) {
            if (bus != null) {
                for (Ip each : addresses) {
                    close(bus, zone, each);
                }
            }
        }
    }

    private void close(SystemBus bus, String zone, Ip address) {
        if (claims.has(address)) {
            return;
        }
        BusMessage answer = ask(bus, "removeSource", zone, address);
        if (answer.isError()) {
            requireHarmless(answer, NOT_THERE, "remove", zone, address);
        }
    }

    @Override
    public void inspect(FirewallRecord record, Findings findings) {
        if (!record.bridge().isEmpty()) {
            policies.inspect(record, findings);
        }
        for (Ip each : record.addresses()) {
            if (!has(record.zone(), each)) {
                throw findings.failed(
                        "zone " + record.zone() + " of firewalld does not have the source " + each);
            }
        }
    }

    /** Whether firewalld runs and its zone has the address. */
    boolean has(String zone, Ip address) {
        try (SystemBus bus = connect(variables).orElse(null)) {
            if (bus == null) {
                return false;
            }
            BusMessage answer = ask(bus, "querySource", zone, address);
            return !answer.isError() && answer.flag();
        }
    }

    private static BusMessage ask(SystemBus bus, String method, String zone, Ip address) {
        return bus.call(NAME, PATH, ZONES, method, zone, source(address));
    }

    private static String source(Ip address) {
        return address + "/" + address.bits();
    }

    /** Throws unless the error only tells that there was nothing to be done. */
    private static void requireHarmless(
            BusMessage answer, List<String> harmless, String verb, String zone, Ip address) {
        String text = answer.text();
        for (String each : harmless) {
            if (text.contains(each)) {
                return;
            }
        }
        throw new CniException(
                ErrorCode.PROGRAM_FAILED,
                verb
                        + " source "
                        + source(address)
                        + " of firewalld's zone "
                        + zone
                        + ": "
                        + answer.errorName()
                        + ": "
                        + text);
    }
}
