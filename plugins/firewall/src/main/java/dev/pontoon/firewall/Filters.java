package dev.pontoon.firewall;

import dev.pontoon.linux.KernelException;
import dev.pontoon.plugin.Call;
import dev.pontoon.plugin.HostSockets;
import dev.pontoon.plugin.Ledger;
import dev.pontoon.protocol.Attachment;
import dev.pontoon.protocol.CniException;
import dev.pontoon.protocol.Environment;

/** The backends of one call. */
final class Filters {
    private final Environment environment;
    private final HostSockets host;
    private final Ledger ledger;

    /** {@code environment} is that of the call: it says where programs and the bus are. */
    Filters(Environment environment, HostSockets host, Ledger ledger) {
        this.environment = environment;
        this.host = host;
        this.ledger = ledger;
    }

    /** What made, or is to make, the things of a record. */
    Filter of(FirewallRecord record) {
        Claims claims = new Claims(ledger, record.attachment());
        return switch (record.backend()) {
            case NFTABLES -> nftables(claims);
            case IPTABLES -> new IptablesFilter(path(), host, claims);
            case FIREWALLD -> firewalld(claims);
        };
    }

    Claims claims(Attachment self) {
        return new Claims(ledger, self);
    }

    NftablesFilter nftables(Claims claims) {
        return new NftablesFilter(host.netfilter(), claims);
    }

    FirewalldFilter firewalld(Claims claims) {
        return new FirewalldFilter(environment.variables(), nftables(claims), claims);
    }

    /** The PATH of the call. */
    String path() {
        return environment.programPath();
    }

    boolean isFirewalldRunning() {
        return FirewalldFilter.isRunning(environment.variables());
    }

    /**
     * The backend of a configuration that does not ask for one. A bus that gives no answer has no
     * firewalld for us.
     */
    Backend choose(Call call) {
        try {
            return isFirewalldRunning() ? Backend.FIREWALLD : Backend.NFTABLES;
        } catch (CniException | KernelException e) {
            call.log().line("taking the nftables backend: " + e.getMessage());
            return Backend.NFTABLES;
        }
    }

    HostSockets host() {
        return host;
    }

    Ledger ledger() {
        return ledger;
    }
}
