package dev.pontoon.conformance.namespace;

import dev.pontoon.conformance.host.Host;
import dev.pontoon.conformance.host.Output;
import dev.pontoon.conformance.host.Place;
import java.util.ArrayList;
import java.util.List;

/**
 * What most containers have in common: the host itself runs the plugins, no process has to start,
 * and the container has ended when DEL comes, at the path it always had.
 */
abstract class HostContainer implements Container {

    private final Host host;
    private final String id;

    HostContainer(Host host, String id) {
        this.host = host;
        this.id = id;
    }

    final Host host() {
        return host;
    }

    @Override
    public final String id() {
        return id;
    }

    @Override
    public Place place() {
        return host;
    }

    @Override
    public Output enter(List<String> command) {
        List<String> line = new ArrayList<>(List.of("nsenter", "--net=" + netns(), "--"));
        line.addAll(command);
        return host.tool(line);
    }

    @Override
    public void start() {
        // Most shapes have no process whose start anyone could wait for.
    }

    @Override
    public boolean stopsBeforeDel() {
        return true;
    }

    @Override
    public String netnsAtDel() {
        return netns();
    }

    @Override
    public void close() {
        destroy();
    }
}
