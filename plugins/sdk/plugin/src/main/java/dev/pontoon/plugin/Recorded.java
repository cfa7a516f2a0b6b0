package dev.pontoon.plugin;

import dev.pontoon.protocol.Environment;

/**
 * An attachment by the ledger's word, for work on it that no configuration comes with.
 *
 * @param entry the plugin's own entry, which is finished
 * @param ledger where it stands, and those of others
 * @param environment says where programs of the host are found
 */
public record Recorded(LedgerEntry entry, Ledger ledger, Environment environment) {}
