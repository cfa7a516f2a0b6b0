package dev.pontoon.doctor;

import dev.pontoon.linux.Address;
import dev.pontoon.linux.Addresses;
import dev.pontoon.linux.KernelException;
import dev.pontoon.linux.Link;
import dev.pontoon.linux.Links;
import dev.pontoon.linux.NetlinkSocket;
import dev.pontoon.linux.NetworkNamespace;
import dev.pontoon.linux.NotANamespaceException;
import dev.pontoon.protocol.Ip;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * The addresses in the namespaces that a link of this host leads to, whoever attached them.
 *
 * @param addresses what was found there
 * @param complete whether every such namespace was found; if not, there may be more addresses
 */
record Tenants(Set<Ip> addresses, boolean complete) {
    static Tenants of(Links links) throws IOException {
        Set<Integer> wanted = new HashSet<>();
        for (Link link : links.list()) {
            if (link.isVeth() && link.peerNamespaceId() >= 0) {
                wanted.add(link.peerNamespaceId());
            }
        }
        Set<Ip> addresses = new HashSet<>();
        Set<NetworkNamespace.Identity> seen = new HashSet<>();
        for (String path : wanted.isEmpty() ? List.<String>of() : candidates()) {
            try (NetworkNamespace netns = NetworkNamespace.open(path)) {
                if (seen.add(netns.identity()) && wanted.remove(links.namespaceId(netns))) {
                    addresses.addAll(inside(netns));
                }
            } catch (NotANamespaceException | KernelException e) {
                // The process has ended, or it is none of a container.
            }
            if (wanted.isEmpty()) {
                break;
            }
        }
        return new Tenants(addresses, wanted.isEmpty());
    }

    private static List<Ip> inside(NetworkNamespace netns) {
        try (NetlinkSocket socket = netns.routeSocket()) {
            List<Ip> addresses = new ArrayList<>();
            for (Address each : new Addresses(socket).list()) {
                addresses.add(Ip.of(each.address()));
            }
            return addresses;
        }
    }

    /** Namespaces that are mounted somewhere, and those of processes. */
    private static List<String> candidates() throws IOException {
        List<String> paths = mounted(Files.readString(Path.of("/proc/self/mountinfo")));
        try (DirectoryStream<Path> processes =
                Files.newDirectoryStream(Path.of("/proc"), "[0-9]*")) {
            for (Path process : processes) {
                paths.add(process + "/ns/net");
            }
        }
        return paths;
    }

    /** The mount points of namespaces in the text of {@code /proc/PID/mountinfo}. */
    static List<String> mounted(String mountinfo) {
        List<String> paths = new ArrayList<>();
        for (String line : mountinfo.split("\n")) {
            String[] fields = line.split(" ");
            if (fields.length > 4 && line.contains(" - nsfs ")) {
                paths.add(fields[4].replace("\\040", " "));
            }
        }
        return paths;
    }
}
