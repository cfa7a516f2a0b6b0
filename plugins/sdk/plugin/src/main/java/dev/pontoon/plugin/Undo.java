package dev.pontoon.plugin;

import java.util.ArrayDeque;
import java.util.Deque;

/**
 * The way back from a half-made ADD. Open it in a try-with-resources statement, push what undoes a
 * step right after the step (before it, if the step can fail half-way and undoing what was not done
 * is harmless), commit at the end. Closed without commit it undoes all steps, the last one first;
 * steps that cannot be undone are attached to the failure as suppressed exceptions, and do not keep
 * the others from being undone.
 */
public final class Undo implements AutoCloseable {
    private final Deque<Step> steps = new ArrayDeque<>();
    private final StopSignal stop;

    private record Step(String what, Runnable action) {}

    /** A way back that is also taken when a stop is asked for: {@link #push} throws then. */
    public Undo(StopSignal stop) {
        this.stop = stop;
    }

    /**
     * Records how to undo a step: {@code what} in the infinitive, "delete veth12ab". Then looks for
     * a stop.
     */
    public void push(String what, Runnable action) {
        steps.push(new Step(what, action));
        stop.check();
    }

    /** Everything was made and stays. */
    public void commit() {
        stop.check();
        steps.clear();
    }

    @Override
    public void close() {
        RuntimeException failed = null;
        while (!steps.isEmpty()) {
            Step step = steps.pop();
            try {
                step.action.run();
            } catch (RuntimeException | Error e) {
                RuntimeException told = new UndoFailedException(step.what, e);
                if (failed == null) {
                    failed = told;
                } else {
                    failed.addSuppressed(told);
                }
            }
        }
        if (failed != null) {
            throw failed;
        }
    }
}
