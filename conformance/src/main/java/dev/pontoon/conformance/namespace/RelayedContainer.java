package dev.pontoon.conformance.namespace;

import dev.pontoon.conformance.host.HarnessFault;
import dev.pontoon.conformance.host.Host;
import dev.pontoon.conformance.host.Output;
import dev.pontoon.conformance.host.Place;
import dev.pontoon.conformance.host.Wait;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * A container of a runtime that calls plugins itself. Its plugin is a {@link Relay}: the runtime is
 * held at its ADD until {@link #start}, and at its DEL until {@link #close}; what is tried
 * meanwhile runs in its hands.
 *
 * <p>The runtime is answered by the harness and not by the plugin: it is the plugin that is judged,
 * and an older runtime may not understand what a newer plugin says.
 */
abstract class RelayedContainer implements Container {

    /** What the runtime gets for an ADD; its addresses are those kept for examples. */
    private static final String RESULT =
            """
            {"cniVersion":"0.4.0","interfaces":[{"name":"eth0",\
            "mac":"00:00:5e:00:53:01","sandbox":"/"}],"ips":[{"version":"4","address":"192.0.2.1/32","interface":0}]}\
            """;

    private static final String GIVEN_UP =
            """
            {"cniVersion":"0.4.0","code":100,"msg":"the harness does not want this container any more"}\
            """;

    private static final Duration MOST = Duration.ofSeconds(60);

    private final Host host;
    private final Relay relay;
    private CompletableFuture<Void> work = CompletableFuture.completedFuture(null);
    private @Nullable RelayedCall call;
    private String id = "";
    private String netns = "";
    private @Nullable String netnsAtDel;
    private boolean started;
    private boolean closed;

    RelayedContainer(Host host, Relay relay) {
        this.host = host;
        this.relay = relay;
    }

    /** Has the runtime make and start the container; ADD happens meanwhile. */
    abstract void launch();

    /** Has the runtime end the container; DEL happens meanwhile. */
    abstract void end();

    /** Has the runtime remove the container, whatever became of it; calls may happen meanwhile. */
    abstract void remove();

    /** Whether a runtime's call is for this container. */
    abstract boolean isMine(RelayedCall candidate);

    /** Called before the runtime is set to work for this container. */
    void prepareWork() {
        // Most runtimes work for several containers at once.
    }

    final Host host() {
        return host;
    }

    /** Begins: returns when the runtime waits for the answer to its ADD. */
    final RelayedContainer hold() {
        try {
            begin(this::launch, "ADD");
            if (call == null) {
                throw new HarnessFault("the runtime started a container without calling a plugin");
            }
        } catch (HarnessFault e) {
            close();
            throw e;
        }
        id = call.variable("CNI_CONTAINERID");
        netns = call.variable("CNI_NETNS");
        return this;
    }

    /** Starts something the runtime does, until it calls or has done it. */
    private void begin(Runnable step, String command) {
        prepareWork();
        var done = new CompletableFuture<Void>();
        work = done;
        Thread.startVirtualThread(() -> {
            try {
                step.run();
                done.complete(null);
            } catch (HarnessFault e) {
                done.completeExceptionally(e);
            }
        });
        awaitCall(command);
    }

    private void awaitCall(String command) {
        var found = new AtomicReference<@Nullable RelayedCall>();
        boolean happened =
                Wait.holds(
                        MOST,
                        () -> {
                            relay.pending(one -> one.is(command) && isMine(one))
                                    .ifPresent(found::set);
                            return found.get() != null || work.isDone();
                        });
        call = found.get();
        if (!happened) {
            throw new HarnessFault("the runtime neither calls " + command + " nor ends");
        }
        if (call == null) {
            finish();
        }
    }

    /** Passes on how the runtime's work ended; it has ended. */
    private void finish() {
        try {
            work.join();
        } catch (CompletionException e) {
            throw e.getCause() instanceof HarnessFault fault
                    ? fault
                    : new HarnessFault("the runtime's work failed", e);
        }
    }

    @Override
    public final String id() {
        return id;
    }

    @Override
    public final String netns() {
        return netns;
    }

    @Override
    public final Place place() {
        return call == null ? host : call;
    }

    @Override
    public Output enter(List<String> command) {
        List<String> line = new ArrayList<>(List.of("nsenter", "--net=" + netns, "--"));
        line.addAll(command);
        return host.tool(line);
    }

    @Override
    public void start() {
        if (started || call == null) {
            return;
        }
        answer(0, RESULT);
        if (!relay.appease(MOST, work::isDone, this::isMine)) {
            throw new HarnessFault("the runtime does not start a container after its ADD");
        }
        finish();
        started = true;
    }

    /** Lets the runtime go on if it is held: its work is done when this returns. */
    final void letGo() {
        if (call != null && call.is("ADD")) {
            start();
        } else {
            answer(0, "");
            letFinish("end");
        }
    }

    @Override
    public boolean stopsBeforeDel() {
        return true;
    }

    @Override
    public final void stop() {
        if (netnsAtDel != null || closed) {
            return;
        }
        if (started) {
            begin(this::end, "DEL");
        } else {
            giveUp();
        }
        netnsAtDel = call == null ? netns : call.variable("CNI_NETNS");
    }

    /** An ADD that fails has the runtime call DEL too. */
    private void giveUp() {
        answer(1, GIVEN_UP);
        try {
            awaitCall("DEL");
        } catch (HarnessFault _) {
            // The runtime says that the ADD failed, as it was told.
        }
    }

    private void answer(int exit, String stdout) {
        if (call != null) {
            call.answer(exit, stdout);
            call = null;
        }
    }

    @Override
    public final String netnsAtDel() {
        return netnsAtDel == null ? netns : netnsAtDel;
    }

    @Override
    public final void close() {
        if (closed) {
            return;
        }
        closed = true;
        if (call != null && call.is("ADD")) {
            answer(1, GIVEN_UP);
        }
        answer(0, "");
        letFinish("finish what it began with");
        prepareWork();
        var removal = CompletableFuture.runAsync(this::remove, Thread::startVirtualThread);
        work = removal;
        letFinish("remove");
        finish();
    }

    private void letFinish(String what) {
        if (!relay.appease(MOST, work::isDone, this::isMine)) {
            throw new HarnessFault("the runtime does not " + what + " a container in time");
        }
    }
}
