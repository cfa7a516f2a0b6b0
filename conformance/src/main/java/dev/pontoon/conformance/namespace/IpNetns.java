package dev.pontoon.conformance.namespace;

import dev.pontoon.conformance.host.Host;

/** {@code ip netns add}: a mount on {@code /run/netns/NAME}, made by the caller of the plugin. */
final class IpNetns implements NamespaceBuilder {

    @Override
    public String id() {
        return "ip-netns";
    }

    @Override
    public String title() {
        return "ip netns add";
    }

    @Override
    public Shape shape() {
        return new Shape(
                "ip(8)",
                "mount on /run/netns/NAME",
                "/run/netns/NAME",
                "whenever the caller likes",
                "the live namespace",
                "the host's");
    }

    @Override
    public Workshop open(Host host) {
        return new Workshop() {
            @Override
            public Container build(String name) {
                host.ok("ip", "netns", "add", name);
                return new MountedNamespace(host, name, "/run/netns/" + name);
            }

            @Override
            public void close() {
                // Nothing runs.
            }
        };
    }
}
