package dev.pontoon.conformance.namespace;

import dev.pontoon.conformance.host.Host;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/** A builder that is its name, its shape, and the tools it needs. */
abstract class ProbedBuilder implements NamespaceBuilder {

    private final String id;
    private final String title;
    private final List<String> tools;
    private final Shape shape;

    ProbedBuilder(String id, String title, List<String> tools, Shape shape) {
        this.id = id;
        this.title = title;
        this.tools = List.copyOf(tools);
        this.shape = shape;
    }

    @Override
    public final String id() {
        return id;
    }

    @Override
    public final String title() {
        return title;
    }

    @Override
    public final Shape shape() {
        return shape;
    }

    @Override
    public final Optional<String> lacking(Host host) {
        for (String tool : tools) {
            if (host.tool("sh", "-c", "command -v \"$0\"", tool).exit() != 0) {
                return Optional.of("the " + tool + " command is not installed");
            }
        }
        return Optional.empty();
    }

    /** A workshop in which nothing runs. */
    static Workshop idle(Function<String, Container> build) {
        return new Workshop() {
            @Override
            public Container build(String name) {
                return build.apply(name);
            }

            @Override
            public void close() {
                // Nothing runs.
            }
        };
    }
}
