package dev.pontoon.testing;

/** A plugin call under way: to be killed, signalled, or waited for. */
public final class RunningCall {

    private final String verb;
    private final Command command;
    private final Running process;

    RunningCall(String verb, Command command, Running process) {
        this.verb = verb;
        this.command = command;
        this.process = process;
    }

    /** The plugin's own pid, valid on the whole machine. */
    public long pid() {
        return process.pid();
    }

    public boolean alive() {
        return process.alive();
    }

    /** What was printed to standard output so far. */
    public String stdout() {
        return process.stdout();
    }

    /** What was printed to standard error so far. */
    public String stderr() {
        return process.stderr();
    }

    /**
     * Sends a signal to the plugin alone: {@code TERM}, {@code KILL}, {@code STOP}, {@code CONT}.
     */
    public void signal(String name) {
        process.signal(name);
    }

    /** Kills the plugin and its descendants, and waits until they are gone. */
    public void kill() {
        process.kill();
    }

    /**
     * Waits for the end.
     *
     * @throws AssertionError when the plugin, or a child holding its stdout or stderr open, is not
     *     done in time
     */
    public CniResult await() {
        try {
            Output output = process.await();
            return new CniResult(
                    verb,
                    output.exit(),
                    output.stdout(),
                    output.stderr(),
                    process.elapsed(),
                    CniResult.request(command));
        } catch (AssertionError e) {
            throw new AssertionError(CniResult.request(command) + e.getMessage(), e);
        }
    }
}
