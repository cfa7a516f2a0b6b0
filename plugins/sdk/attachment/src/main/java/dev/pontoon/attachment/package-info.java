/**
 * What plugins share that attach a container by a link of the host: its interface ({@link
 * dev.pontoon.attachment.VethPair}, {@link dev.pontoon.attachment.ContainerNetwork}), {@link
 * dev.pontoon.attachment.Masquerading} in every backend, {@link
 * dev.pontoon.attachment.ContainerInspection} for CHECK.
 *
 * <p>Start at {@link dev.pontoon.attachment.AttachmentRecord}: what it writes into the ledger is
 * what everything else can be found and removed by. The surprising fact: the masquerading of all
 * these plugins is in one table, so each must know the attachments of the others: they look at
 * every entry of the ledger, not only at their own.
 */
@NullMarked
package dev.pontoon.attachment;

import org.jspecify.annotations.NullMarked;
