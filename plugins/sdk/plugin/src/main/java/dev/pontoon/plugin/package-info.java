/**
 * What a CNI plugin is written with: {@link dev.pontoon.plugin.Plugin} (the five commands), {@link
 * dev.pontoon.plugin.PluginMain} (from a process to a plugin and back), {@link
 * dev.pontoon.plugin.Delegate} (asking an IPAM plugin), {@link dev.pontoon.plugin.Undo} (nothing is
 * left of a failed ADD), {@link dev.pontoon.plugin.Ledger} (what was made for whom) and {@link
 * dev.pontoon.plugin.Detachment} (DEL and GC by the ledger).
 *
 * <p>Start at {@link dev.pontoon.plugin.Plugin}. The surprising fact: a plugin object serves many
 * calls, on many threads, in one process or in one process each. It keeps no state between calls;
 * whatever must be remembered is in the kernel, in the lease files or in the ledger.
 */
@NullMarked
package dev.pontoon.plugin;

import org.jspecify.annotations.NullMarked;
