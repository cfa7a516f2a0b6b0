package dev.pontoon.conformance.namespace;

import dev.pontoon.conformance.host.Host;
import dev.pontoon.conformance.host.Output;
import dev.pontoon.conformance.host.Place;
import java.util.ArrayList;
import java.util.List;

/** A namespace without a process: a mount on a file keeps it, and it lives until that goes. */
final class MountedNamespace implements Container {

    private final Host host;
    private final String name;
    private final String path;

    MountedNamespace(Host host, String name, String path) {
        this.host = host;
        this.name = name;
        this.path = path;
    }

    @Override
    public String id() {
        return name;
    }

    @Override
    public String netns() {
        return path;
    }

    @Override
    public Place place() {
        return host;
    }

    @Override
    public Output enter(List<String> command) {
        List<String> line = new ArrayList<>(List.of("nsenter", "--net=" + path, "--"));
        line.addAll(command);
        return host.tool(line);
    }

    @Override
    public void start() {
        // No process belongs to it.
    }

    @Override
    public boolean stopsBeforeDel() {
        return false;
    }

    @Override
    public void stop() {
        // No process belongs to it.
    }

    @Override
    public String netnsAtDel() {
        return path;
    }

    @Override
    public void destroy() {
        host.tool("sh", "-c", "umount -l \"$0\"; rm -f \"$0\"", path);
    }

    @Override
    public void close() {
        destroy();
    }
}
