package dev.pontoon.bridge;

import dev.pontoon.linux.Link;
import dev.pontoon.linux.Links;
import dev.pontoon.linux.MacAddress;
import dev.pontoon.linux.NetworkNamespace;
import dev.pontoon.protocol.AddResult;
import dev.pontoon.protocol.CniException;
import dev.pontoon.protocol.ErrorCode;
import dev.pontoon.protocol.IpConfig;
import dev.pontoon.protocol.NetworkInterface;
import dev.pontoon.protocol.Request;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A link of the host that an earlier plugin of the chain made, a tap or a veth, taken as the port
 * in place of a veth pair. It stays that plugin's: MTU and MAC are left as they are, and DEL gives
 * it back.
 *
 * @param host the link of the host
 * @param inside the container's interface; null if the previous result lists none
 * @param place where that stands in the previous result; null if it is not there
 * @param containerMac the source MAC of its frames; empty if nobody said which
 */
record EarlierLink(Link host, @Nullable Link inside, @Nullable Integer place, byte[] containerMac)
        implements Port {
    private static final int MAC_BYTES = 6;

    /**
     * The link that the previous result offers, if it does. Throws code 7 if the configuration asks
     * for what cannot be done with it.
     */
    static Optional<EarlierLink> find(
            Request.Add request, BridgeConfig config, Links host, Links container) {
        AddResult previous = request.config().prevResult().orElse(null);
        List<Link> usable = previous == null ? List.of() : usable(previous, host);
        if (previous == null || usable.isEmpty()) {
            return Optional.empty();
        }
        Integer place = placeOf(request, previous);
        Link inside = place == null ? null : requireInside(request, container);
        Link port = chosen(usable, inside);
        byte[] mac = containerMac(config, port, inside);
        return Optional.of(new EarlierLink(port, inside, place, mac));
    }

    private static List<Link> usable(AddResult previous, Links host) {
        List<Link> usable = new ArrayList<>();
        for (NetworkInterface each : previous.interfaces()) {
            if (each.sandbox().isEmpty()) {
                host.find(each.name()).filter(EarlierLink::isUsable).ifPresent(usable::add);
            }
        }
        return usable;
    }

    /** What is somebody's port already stays so. */
    private static boolean isUsable(Link link) {
        return !link.isBridge()
                && !link.isLoopback()
                && link.master() == 0
                && link.mac().length == MAC_BYTES;
    }

    private static @Nullable Integer placeOf(Request.Add request, AddResult previous) {
        for (int i = 0; i < previous.interfaces().size(); i++) {
            NetworkInterface each = previous.interfaces().get(i);
            if (each.name().equals(request.attachment().ifname())
                    && each.sandbox().equals(request.environment().netns())) {
                return i;
            }
        }
        return null;
    }

    private static Link requireInside(Request.Add request, Links container) {
        String ifname = request.attachment().ifname();
        return container
                .find(ifname)
                .orElseThrow(() ->
                        new CniException(
                                ErrorCode.INVALID_CONFIG,
                                "use "
                                        + ifname
                                        + " of prevResult: "
                                        + request.environment().netns()
                                        + " has no such interface",
                                "an earlier plugin of the chain must have made it"));
    }

    /** Of several the other end of the container's interface, else the first. */
    private static Link chosen(List<Link> usable, @Nullable Link inside) {
        for (Link each : usable) {
            if (inside != null && arePair(each, inside)) {
                return each;
            }
        }
        return usable.getFirst();
    }

    private static boolean arePair(Link host, Link inside) {
        return host.isVeth()
                && inside.isVeth()
                && host.peer() == inside.index()
                && inside.peer() == host.index();
    }

    private static byte[] containerMac(BridgeConfig config, Link port, @Nullable Link inside) {
        byte[] asked = config.mac();
        byte[] found = inside == null ? new byte[0] : inside.mac();
        if (asked != null && inside != null && !Arrays.equals(asked, found)) {
            throw new CniException(
                    ErrorCode.INVALID_CONFIG,
                    "give "
                            + inside.name()
                            + " the MAC "
                            + MacAddress.format(asked)
                            + ": an earlier plugin of the chain made it with "
                            + inside.macText(),
                    "have that plugin set the MAC, or the tuning plugin behind this one");
        }
        byte[] mac = asked == null ? found : asked;
        if (config.macSpoofCheck() && mac.length == 0) {
            throw new CniException(
                    ErrorCode.INVALID_CONFIG,
                    "check source MACs of "
                            + port.name()
                            + ": nobody said which MAC there is behind it",
                    "name it in runtimeConfig.mac or args.cni.mac, or unset macspoofchk");
        }
        return mac;
    }

    @Override
    public String hostName() {
        return host.name();
    }

    @Override
    public boolean reachesContainer() {
        return inside != null;
    }

    /** Whether the port's carrier comes with the container's interface. */
    boolean isPair() {
        return inside != null && arePair(host, inside);
    }

    /**
     * The result of this ADD behind the previous one, whose entries of the links stand for them.
     * Addresses behind a link that ends on the host belong to no interface of the result.
     */
    AddResult placed(AddResult own, AddResult previous) {
        AddResult all =
                new AddResult(own.interfaces(), List.of(), own.routes(), own.dns())
                        .behind(previous);
        List<IpConfig> allIps = new ArrayList<>(previous.ips());
        for (IpConfig ip : own.ips()) {
            allIps.add(new IpConfig(ip.address(), ip.gateway(), place));
        }
        return new AddResult(all.interfaces(), allIps, all.routes(), all.dns());
    }

    @Override
    public BridgeRecord writtenTo(BridgeRecord record) {
        return EarlierLinkRecord.begun(record, this).record();
    }

    @Override
    public void join(
            BridgeConfig config, Link bridge, NetworkNamespace netns, String ifname, Links links) {
        links.setMaster(host.index(), bridge.index());
        if (!host.up()) {
            links.setUp(host.index());
        }
    }
}
