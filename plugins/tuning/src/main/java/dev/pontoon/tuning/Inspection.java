package dev.pontoon.tuning;

import dev.pontoon.linux.Errno;
import dev.pontoon.linux.KernelException;
import dev.pontoon.linux.Link;
import dev.pontoon.linux.Links;
import dev.pontoon.linux.NetlinkSocket;
import dev.pontoon.linux.NetworkNamespace;
import dev.pontoon.linux.Sysctl;
import dev.pontoon.protocol.CniException;
import dev.pontoon.protocol.ErrorCode;
import java.util.Map;

/** CHECK: everything that is asked for is as it was set. Changes nothing. */
final class Inspection {
    private final TuningConfig config;
    private final NetworkNamespace netns;
    private final NetlinkSocket container;
    private final String ifname;

    Inspection(
            TuningConfig config, NetworkNamespace netns, NetlinkSocket container, String ifname) {
        this.config = config;
        this.netns = netns;
        this.container = container;
        this.ifname = ifname;
    }

    void run() {
        netns.inside(this::inspectSettings);
        if (!config.attributes().isEmpty()) {
            inspectAttributes();
        }
    }

    private void inspectSettings() {
        for (Setting setting : config.settings()) {
            String now = read(setting);
            if (!Sysctl.sameWords(now, setting.value())) {
                throw failed("sysctl " + setting.key() + " is " + now + ", not " + setting.value());
            }
        }
    }

    private static String read(Setting setting) {
        try {
            return Sysctl.read(Setting.parts(setting.name()));
        } catch (KernelException e) {
            throw e.is(Errno.ENOENT) ? failed("sysctl " + setting.key() + " is gone") : e;
        }
    }

    private void inspectAttributes() {
        Link link =
                new Links(container).find(ifname).orElseThrow(() -> failed(ifname + " is gone"));
        for (Map.Entry<LinkAttribute, String> wanted : config.attributes().entrySet()) {
            String now = wanted.getKey().read(link);
            if (!now.equals(wanted.getValue())) {
                throw failed(
                        wanted.getKey().key()
                                + " of "
                                + ifname
                                + " is "
                                + now
                                + ", not "
                                + wanted.getValue());
            }
        }
    }

    private static CniException failed(String what) {
        return new CniException(
                ErrorCode.CHECK_FAILED, what, "somebody changed it since ADD; ADD sets it again");
    }
}
