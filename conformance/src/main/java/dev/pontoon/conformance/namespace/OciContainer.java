package dev.pontoon.conformance.namespace;

/** A container of runc or crun whose network namespace that runtime made. */
abstract class OciContainer extends HostContainer {

    private final OciRuntime runtime;
    private final long pid;

    /** A container that has been created, or is just being created. */
    OciContainer(OciRuntime runtime, String id, long pid) {
        super(runtime.host(), id);
        this.runtime = runtime;
        this.pid = pid;
    }

    final OciRuntime runtime() {
        return runtime;
    }

    /** The path without any mount. */
    final String processPath() {
        return "/proc/" + pid + "/ns/net";
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
        runtime.kill(pid);
    }

    @Override
    public void destroy() {
        runtime.kill(pid);
    }

    @Override
    public void close() {
        destroy();
        runtime.remove(id());
    }
}
