package dev.pontoon.plugin;

import java.util.function.Consumer;

/**
 * What surrounds one call of a plugin.
 *
 * @param installation the plugins that are installed together with this one
 * @param stop whether the runtime wants the call to end early
 * @param log lines for people, on standard error
 * @param caller the process that the call is served for
 * @param timing how long its steps take
 * @param audience is told of the call when all is done and nothing printed yet
 */
public record Call(
        Installation installation,
        StopSignal stop,
        Log log,
        Caller caller,
        Timing timing,
        Consumer<CallRecord> audience) {
    /** A call that this process serves for itself. */
    public Call(Installation installation, StopSignal stop, Log log) {
        this(installation, stop, log, Caller.THIS_PROCESS, new Timing(), Call::untold);
    }

    private static void untold(CallRecord record) {}

    /** The same call, which nothing stops. */
    Call unstoppable() {
        return new Call(installation, new StopSignal(), log, caller, timing, audience);
    }

    /** The same call for a plugin that this one delegates to; its steps are one of ours. */
    Call of(String delegate) {
        return new Call(installation, stop, log.of(delegate), caller, new Timing(), audience);
    }
}
