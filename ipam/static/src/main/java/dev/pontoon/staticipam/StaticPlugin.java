package dev.pontoon.staticipam;

import dev.pontoon.plugin.Call;
import dev.pontoon.plugin.Plugin;
import dev.pontoon.protocol.AddResult;
import dev.pontoon.protocol.CniException;
import dev.pontoon.protocol.ErrorCode;
import dev.pontoon.protocol.IpConfig;
import dev.pontoon.protocol.NetworkConfig;
import dev.pontoon.protocol.Request;
import java.util.Objects;

/** Hands out the addresses that the configuration names. */
public final class StaticPlugin implements Plugin {
    public StaticPlugin() {}

    @Override
    public String name() {
        return "static";
    }

    @Override
    public boolean isIpam() {
        return true;
    }

    @Override
    public AddResult add(Request.Add request, Call call) {
        StaticConfig config = StaticConfig.read(request.config(), request.environment().args());
        return AddResult.ofIpam(config.ips(), config.routes(), config.dns());
    }

    /** Every address must be in prevResult, with the gateway that it has here. */
    @Override
    public void check(Request.Check request, Call call) {
        StaticConfig config = StaticConfig.read(request.config(), request.environment().args());
        AddResult previous =
                request.config()
                        .prevResult()
                        .orElseThrow(() ->
                                new CniException(
                                        ErrorCode.INVALID_CONFIG,
                                        "check the addresses of "
                                                + request.attachment()
                                                + ": there is no prevResult"));
        for (IpConfig ip : config.ips()) {
            requireIn(previous, ip, request);
        }
    }

    private static void requireIn(AddResult previous, IpConfig ip, Request.Check request) {
        for (IpConfig there : previous.ips()) {
            if (there.address().equals(ip.address())) {
                if (!Objects.equals(there.gateway(), ip.gateway())) {
                    throw failed(
                            request,
                            ip.address()
                                    + " has the gateway "
                                    + there.gateway()
                                    + " instead of "
                                    + ip.gateway());
                }
                return;
            }
        }
        throw failed(request, ip.address() + " is not in prevResult");
    }

    private static CniException failed(Request.Check request, String why) {
        return new CniException(
                ErrorCode.CHECK_FAILED,
                "check the addresses of " + request.attachment() + ": " + why);
    }

    /** Nothing was remembered, and not even the configuration need be right. */
    @Override
    public void del(Request.Del request, Call call) {}

    /** Nothing was remembered. */
    @Override
    public void gc(Request.Gc request, Call call) {}

    @Override
    public void status(Request.Status request, Call call) {
        NetworkConfig config = request.config();
        try {
            StaticConfig.read(config, "");
        } catch (CniException e) {
            throw new CniException(ErrorCode.NOT_AVAILABLE, e.text(), e.details()).because(e);
        }
    }
}
