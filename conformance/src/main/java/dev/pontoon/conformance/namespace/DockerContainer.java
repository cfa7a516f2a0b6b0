package dev.pontoon.conformance.namespace;

import dev.pontoon.conformance.host.Host;

/** A container that Docker runs already when it is built; its network is up to others. */
class DockerContainer extends HostContainer {

    private final Dockerd daemon;
    private final String name;
    private final String path;

    DockerContainer(Host host, Dockerd daemon, String name, String id, String path) {
        super(host, id);
        this.daemon = daemon;
        this.name = name;
        this.path = path;
    }

    @Override
    public final String netns() {
        return path;
    }

    @Override
    public final void stop() {
        daemon.stop(name);
    }

    @Override
    public void destroy() {
        host().tool("kill", "-KILL", daemon.pid(name));
        host().tool("sh", "-c", "umount -l \"$0\"; rm -f \"$0\"", path);
    }

    @Override
    public void close() {
        daemon.remove(name);
    }
}
