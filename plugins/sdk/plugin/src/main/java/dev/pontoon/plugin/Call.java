package dev.pontoon.plugin;

/**
 * What surrounds one call of a plugin.
 *
 * @param installation the plugins that are installed together with this one
 * @param stop whether the runtime wants the call to end early
 * @param log lines for people, on standard error
 */
public record Call(Installation installation, StopSignal stop, Log log) {}
