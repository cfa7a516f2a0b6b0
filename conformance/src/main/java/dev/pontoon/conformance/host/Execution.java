package dev.pontoon.conformance.host;

/** A program that was started. */
public interface Execution {

    /** Waits for the program's end, or ends it when its time is over. */
    Output await();

    /**
     * Sends a signal to the program, not to what it started; no effect when it has ended.
     *
     * @param name as kill(1) has it: {@code TERM}, {@code KILL}, {@code STOP}
     */
    void signal(String name);

    /** Whether it still runs. */
    boolean isAlive();
}
