package dev.pontoon.linux;

import dev.pontoon.testing.Container;
import dev.pontoon.testing.Host;
import java.net.InetAddress;
import java.net.UnknownHostException;

/**
 * The code under test at work in a host or container of a test: its namespace and a socket in it.
 */
final class Inside implements AutoCloseable {
    final NetworkNamespace namespace;
    final NetlinkSocket route;
    final Links links;
    final Addresses addresses;
    final Routes routes;

    private Inside(String path) {
        namespace = NetworkNamespace.open(path);
        route = namespace.routeSocket();
        links = new Links(route);
        addresses = new Addresses(route);
        routes = new Routes(route);
    }

    static Inside of(Host host) {
        return new Inside(host.netnsPath().toString());
    }

    static Inside of(Container container) {
        return new Inside(container.netnsPath().toString());
    }

    int index(String name) {
        return links.find(name).orElseThrow().index();
    }

    /** The bytes of an address literal; never asks a name server. */
    static byte[] ip(String literal) {
        try {
            return InetAddress.getByName(literal).getAddress();
        } catch (UnknownHostException e) {
            throw new IllegalArgumentException(literal, e);
        }
    }

    @Override
    public void close() {
        route.close();
        namespace.close();
    }
}
