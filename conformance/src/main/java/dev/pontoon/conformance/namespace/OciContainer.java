package dev.pontoon.conformance.namespace;

/** A container of runc or crun whose network namespace that runtime made. */
abstract class OciContainer extends HostContainer {

    private final OciRuntime runtime;
    private final Sleeper process;

    /** A container that has been created, or is just being created. */
    OciContainer(OciRuntime runtime, String id, long pid) {
        super(runtime.host(), id);
        this.runtime = runtime;
        this.process = runtime.process(pid);
    }

    final OciRuntime runtime() {
        return runtime;
    }

    final Sleeper process() {
        return process;
    }

    /** The path without any mount. */
    final String processPath() {
        return process.path();
    }

    @Override
    public String netns() {
        return processPath();
    }

    @Override
    public void start() {
        runtime.start(id());
    }

    @Override
    public void stop() {
        process.endAsZombie();
    }

    @Override
    public void destroy() {
        process.endAsZombie();
    }

    @Override
    public void close() {
        destroy();
        runtime.remove(id());
    }
}
