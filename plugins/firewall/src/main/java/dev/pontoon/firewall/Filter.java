package dev.pontoon.firewall;

import dev.pontoon.plugin.Findings;

/**
 * One backend: what it does with the record of an attachment. The caller holds {@link #LOCK} when
 * it changes anything.
 */
interface Filter {
    /**
     * The name of the lock under which the ledger is asked for other attachments and the firewall
     * is changed accordingly. A DEL forgets its entry before it gives the lock back.
     */
    String LOCK = "firewall";

    /** Opens the record's addresses, and closes its bridge as its policy asks. */
    void open(FirewallRecord record);

    /** Takes back what {@link #open} did but for what others need; that it is gone is no error. */
    void close(FirewallRecord record);

    /** Throws code 103 for the first thing that {@link #open} did and that is not there. */
    void inspect(FirewallRecord record, Findings findings);
}
