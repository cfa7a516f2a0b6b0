package dev.pontoon.linux.nft;

import dev.pontoon.linux.NetlinkSocket;
import dev.pontoon.linux.NetworkNamespace;
import dev.pontoon.testing.Host;
import java.util.ArrayList;
import java.util.List;

/** A test host with nftables sockets open in it, and what {@code nft} says about it. */
final class NftHost implements AutoCloseable {
    static final Table TABLE = new Table(Family.INET, "pontoon");

    private final Host host;
    private final NetworkNamespace namespace;
    private final List<NetlinkSocket> sockets = new ArrayList<>();
    private final Nftables nftables;

    NftHost(Host host) {
        this.host = host;
        this.namespace = NetworkNamespace.open(host.netnsPath().toString());
        this.nftables = another();
    }

    Nftables nftables() {
        return nftables;
    }

    /** As {@link #nftables}, with a socket of its own. */
    Nftables another() {
        NetlinkSocket socket = namespace.netfilterSocket();
        sockets.add(socket);
        return new Nftables(socket);
    }

    /** What {@code nft list ruleset} prints. */
    String listing() {
        return host.ok("nft", "list", "ruleset");
    }

    /** The expressions and elements as the kernel has them, without the numbers it gave out. */
    String expressions() {
        String all = host.ok("nft", "--debug=netlink", "list", "ruleset");
        return all.replaceAll("(?m)^(\\S+ \\S+ \\S+) \\d+( \\d+)? *$", "$1")
                .replaceAll("(?m) use \\d+", "");
    }

    /** Replaces everything by what {@code nft} makes of the text. */
    void load(String text) {
        host.ok("nft", "flush", "ruleset");
        host.command("nft", "-f", "-").stdin(text).ok();
    }

    @Override
    public void close() {
        sockets.forEach(NetlinkSocket::close);
        namespace.close();
    }

    static Value address(int... bytes) {
        byte[] address = new byte[bytes.length];
        for (int i = 0; i < bytes.length; i++) {
            address[i] = (byte) bytes[i];
        }
        return Value.address(address);
    }

    /** fd00:22:: and a last byte. */
    static Value address6(int last) {
        return address(0xfd, 0, 0, 0x22, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, last);
    }

    static Expressions rule() {
        return new Expressions(Family.INET);
    }
}
