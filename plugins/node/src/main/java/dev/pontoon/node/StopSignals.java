package dev.pontoon.node;

import dev.pontoon.plugin.StopSignal;
import java.util.concurrent.locks.LockSupport;
import sun.misc.Signal;
import sun.misc.SignalHandler;

/**
 * SIGTERM, SIGINT and SIGHUP ask a call to stop, instead of ending the JVM under it. One that the
 * caller ignores stays ignored.
 *
 * <p>The JVM's own handlers would do more than end the process: they look for a logger first, on a
 * thread of their own, while the call may be loading the very classes of logging (JNA has a
 * logger). So they are replaced, and only a signal that comes before that still ends the JVM in its
 * own way, by hooks, of which the one here waits for the call.
 */
public final class StopSignals {
    private StopSignals() {}

    /** Has signals reach {@code stop} from now on. The process has to end itself by halt. */
    public static void reach(StopSignal stop) {
        holdBackTheEnd(stop);
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
    }

    private static void holdBackTheEnd(StopSignal stop) {
        Thread hook =
                new Thread("roll-back") {
                    @Override
                    public void run() {
                        stop.request("a signal");
                        waitForTheEnd();
                    }
                };
        try {
            Runtime.getRuntime().addShutdownHook(hook);
        } catch (IllegalStateException e) {
            // The JVM is ending already: nothing may begin any more.
            waitForTheEnd();
        }
    }

    private static void waitForTheEnd() {
        while (true) {
            LockSupport.park();
        }
    }
}
