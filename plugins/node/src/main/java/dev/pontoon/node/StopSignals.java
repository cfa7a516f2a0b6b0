package dev.pontoon.node;

import dev.pontoon.plugin.StopSignal;
import sun.misc.Signal;
import sun.misc.SignalHandler;

/**
 * SIGTERM, SIGINT and SIGHUP ask a call to stop, instead of ending the JVM under it. One that the
 * caller ignores stays ignored.
 *
 * <p>The JVM's own handlers would do more than end the process: they look for a logger first, on a
 * thread of their own, while the call may be loading the very classes of logging (JNA has a
 * logger); and an exit waits for hooks that would have to wait for the call.
 */
final class StopSignals {
    private StopSignals() {}

    /** Has signals reach {@code stop} from now on, and no one else. */
    static void reach(StopSignal stop) {
        SignalHandler request =
                new SignalHandler() {
                    @Override
                    public void handle(Signal signal) {
                        stop.request("SIG" + signal.getName());
                    }
                };
        for (String name : new String[] {"TERM", "INT", "HUP"}) {
            Signal.handle(new Signal(name), request);
        }
        awaitEarlierSignal();
    }

    /**
     * A signal that came before has the JVM ending itself by now: nothing may begin any more. The
     * thread that sees to it never comes back; if it is one that reached {@code stop}, it is done
     * at once.
     */
    private static void awaitEarlierSignal() {
        ThreadGroup system = Thread.currentThread().getThreadGroup().getParent();
        Thread[] threads = new Thread[16];
        int count = system.enumerate(threads);
        for (int i = 0; i < count; i++) {
            String name = threads[i].getName();
            if (name.startsWith("SIG") && name.endsWith(" handler")) {
                join(threads[i]);
            }
        }
    }

    private static void join(Thread thread) {
        try {
            thread.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
