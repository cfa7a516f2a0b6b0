package dev.pontoon.hostlocal;

import dev.pontoon.protocol.AddResult;
import dev.pontoon.protocol.Attachment;
import dev.pontoon.protocol.CniException;
import dev.pontoon.protocol.ErrorCode;
import dev.pontoon.protocol.Ip;
import dev.pontoon.protocol.IpConfig;

/**
 * What CHECK asks: whether the attachment still holds what it was given. Looks only, and so takes
 * no lock.
 */
final class Leases {
    private final HostLocalConfig config;
    private final Attachment attachment;
    private final Holder holder;
    private final LeaseFolder folder;

    Leases(HostLocalConfig config, Attachment attachment) {
        this.config = config;
        this.attachment = attachment;
        this.holder = Holder.of(attachment);
        this.folder = Store.folder(config.dataDir(), attachment.network());
    }

    /**
     * Throws code 103 unless every address of the result that is of our ranges is leased to the
     * attachment. Other addresses are another plugin's, or of ranges that the configuration no
     * longer has.
     */
    void require(AddResult previous) {
        boolean any = false;
        for (IpConfig ip : previous.ips()) {
            Ip address = ip.address().address();
            if (isOurs(address)) {
                require(address);
                any = true;
            }
        }
        if (!any && !holdsAny()) {
            throw failed("it has no lease in " + folder.path());
        }
    }

    private boolean isOurs(Ip address) {
        for (RangeSet set : config.sets()) {
            if (set.contains(address)) {
                return true;
            }
        }
        return false;
    }

    private void require(Ip address) {
        Lease lease = folder.lease(address);
        if (lease == null) {
            throw failed(address + " is leased to nobody");
        }
        if (!lease.holder().covers(holder)) {
            throw failed(address + " is leased to " + lease.holder());
        }
    }

    private boolean holdsAny() {
        for (Ip address : folder.addresses()) {
            Lease lease = folder.lease(address);
            if (lease != null && lease.holder().covers(holder)) {
                return true;
            }
        }
        return false;
    }

    private CniException failed(String why) {
        return new CniException(
                ErrorCode.CHECK_FAILED, "check the leases of " + attachment + ": " + why);
    }
}
