package dev.pontoon.conformance.namespace;

import java.util.function.Function;

/**
 * A host with runc or crun.
 *
 * @param runtime the one
 * @param build builds a container with it
 */
record OciWorkshop(OciRuntime runtime, Function<String, Container> build)
        implements NamespaceBuilder.Workshop {

    @Override
    public Container build(String name) {
        return build.apply(name);
    }

    @Override
    public void close() {
        runtime.close();
    }
}
