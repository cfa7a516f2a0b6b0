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
        String process = daemon.pid(name);
        NamespaceFile.unpin(host(), daemon.sandboxKey(name));
        // Docker says 0 of a container that does not run.
        if (!process.equals("0")) {
            NamespaceFile.end(host(), process);
        }
    }

    @Override
    public void close() {
        daemon.remove(name);
    }
}
