package dev.pontoon.plugin;

/**
 * What surrounds one call of a plugin.
 *
 * @param installation the plugins that are installed together with this one
 * @param stop whether the runtime wants the call to end early
 * @param log lines for people, on standard error
 * @param caller the process that the call is served for
 */
public record Call(Installation installation, StopSignal stop, Log log, Caller caller) {
    /** A call that this process serves for itself. */
    public Call(Installation installation, StopSignal stop, Log log) {
        this(installation, stop, log, Caller.THIS_PROCESS);
    }

    /** The same call, which nothing stops. */
    Call unstoppable() {
        return new Call(installation, new StopSignal(), log, caller);
    }

    /** The same call for a plugin that this one delegates to. */
    Call of(String delegate) {
        return new Call(installation, stop, log.of(delegate), caller);
    }
}
