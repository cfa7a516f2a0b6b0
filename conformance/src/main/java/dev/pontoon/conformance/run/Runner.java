package dev.pontoon.conformance.run;

import dev.pontoon.conformance.host.HarnessFault;
import dev.pontoon.conformance.host.Host;
import dev.pontoon.conformance.host.RunFolder;
import dev.pontoon.conformance.lab.Bench;
import dev.pontoon.conformance.lab.Lab;
import dev.pontoon.conformance.lab.Need;
import dev.pontoon.conformance.lab.NotHere;
import dev.pontoon.conformance.lab.Outcome;
import dev.pontoon.conformance.lab.Transcript;
import dev.pontoon.conformance.lab.Unmet;
import dev.pontoon.conformance.namespace.NamespaceBuilder;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/** Tries the cases of a plan, several at once. Used from one thread; closed at the end. */
public final class Runner implements AutoCloseable {

    private final RunFolder run;
    private final Duration timeout;
    private final ExecutorService workers;
    private final Map<Need, Boolean> needs = new ConcurrentHashMap<>();
    private final Map<String, Benches> benches = new ConcurrentHashMap<>();

    /**
     * @param run where hosts are mounted
     * @param timeout for each call of a plugin
     * @param jobs how many cases are tried at once
     */
    public Runner(RunFolder run, Duration timeout, int jobs) {
        this.run = run;
        this.timeout = timeout;
        this.workers = Executors.newFixedThreadPool(jobs);
    }

    /**
     * Why builders cannot work on this machine, in their order; empty for those that can. Each is
     * really tried, and what it was tried in is kept for its cases.
     */
    public List<Optional<String>> missing(List<NamespaceBuilder> builders) {
        List<Future<Optional<String>>> futures = new ArrayList<>();
        for (NamespaceBuilder builder : builders) {
            futures.add(workers.submit(() -> missing(builder)));
        }
        return futures.stream().map(Runner::get).toList();
    }

    /** Why a builder cannot work on this machine; empty when it can. */
    public Optional<String> missing(NamespaceBuilder builder) {
        Host host = Host.create(run);
        try {
            Bench bench = Bench.in(host, builder);
            keep(bench, tried(bench), benches(builder));
            return Optional.empty();
        } catch (HarnessFault e) {
            return Optional.of(e.reason());
        }
    }

    private static boolean tried(Bench bench) {
        try {
            return bench.tryOut();
        } catch (HarnessFault e) {
            bench.close();
            throw e;
        }
    }

    private Benches benches(NamespaceBuilder builder) {
        return benches.computeIfAbsent(builder.id(), _ -> new Benches());
    }

    private static void keep(Bench bench, boolean reusable, Benches free) {
        if (reusable) {
            free.give(bench);
        } else {
            bench.close();
        }
    }

    /**
     * Tries everything in the plan.
     *
     * @return in the plan's order
     */
    public List<Verdict> run(Plan plan, Listener listener) {
        List<Plan.Entry> entries = plan.entries();
        var futures = new TreeMap<Integer, Future<Verdict>>();
        for (int index : endsFirst(entries.size())) {
            Plan.Entry entry = entries.get(index);
            futures.put(
                    index,
                    workers.submit(() -> {
                        listener.started(entry);
                        Verdict verdict = verdict(entry);
                        listener.ended(verdict);
                        return verdict;
                    }));
        }
        return futures.values().stream().map(Runner::get).toList();
    }

    /**
     * First and last, second and last but one, and so on. Kinds of namespace that wait for daemons
     * come late in a plan: so they are tried beside those that keep the processors busy.
     */
    private static List<Integer> endsFirst(int size) {
        List<Integer> order = new ArrayList<>();
        for (int first = 0, last = size - 1; first <= last; first++, last--) {
            order.add(first);
            if (first != last) {
                order.add(last);
            }
        }
        return order;
    }

    private static <T> T get(Future<T> future) {
        try {
            return future.get();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new HarnessFault("the run was interrupted", e);
        } catch (ExecutionException e) {
            if (e.getCause() instanceof HarnessFault fault) {
                throw fault;
            }
            throw new HarnessFault("a case ended the harness", e);
        }
    }

    private Verdict verdict(Plan.Entry entry) {
        long started = System.nanoTime();
        Outcome outcome = outcome(entry);
        return new Verdict(
                entry.tried(),
                entry.candidate().subject().name(),
                entry.builder().id(),
                entry.version().toString(),
                outcome,
                Duration.ofNanos(System.nanoTime() - started));
    }

    private Outcome outcome(Plan.Entry entry) {
        for (Need need : entry.tried().needs()) {
            if (!isMet(need)) {
                return new Outcome.Skipped("this machine lacks " + need.what());
            }
        }
        Benches free = benches(entry.builder());
        try {
            Bench bench = free.take().orElseGet(() -> Bench.in(Host.create(run), entry.builder()));
            return onBench(entry, bench, free);
        } catch (RuntimeException e) {
            return broken("no place to try it", e, new Transcript(List.of()));
        }
    }

    private Outcome onBench(Plan.Entry entry, Bench bench, Benches free) {
        var lab =
                new Lab(
                        bench,
                        entry.candidate().subject(),
                        entry.version(),
                        entry.candidate().versions(),
                        timeout);
        Outcome outcome = tried(entry, lab);
        boolean reusable = closed(lab) && !(outcome instanceof Outcome.Broken) && restored(lab);
        keep(bench, reusable, free);
        return outcome;
    }

    private static boolean restored(Lab lab) {
        try {
            return lab.restoresBench();
        } catch (HarnessFault _) {
            // Then the host is worth no more.
            return false;
        }
    }

    private static boolean closed(Lab lab) {
        try {
            lab.close();
            return true;
        } catch (RuntimeException _) {
            // The host, which ends now, takes the rest with it.
            return false;
        }
    }

    private static Outcome tried(Plan.Entry entry, Lab lab) {
        List<Outcome.Finding> findings = new ArrayList<>();
        try {
            lab.prepare();
            entry.tried().body().run(lab);
        } catch (Unmet e) {
            findings.add(new Outcome.Finding(Outcome.Kind.REQUIREMENT, e.expected(), e.actual()));
        } catch (NotHere e) {
            return new Outcome.Skipped(String.valueOf(e.getMessage()));
        } catch (RuntimeException e) {
            return broken("the case itself", e, lab.transcript());
        }
        try {
            findings.addAll(lab.finish());
        } catch (RuntimeException e) {
            if (findings.isEmpty()) {
                return broken("looking for leftovers", e, lab.transcript());
            }
        }
        return findings.isEmpty()
                ? new Outcome.Passed()
                : new Outcome.Failed(findings, lab.transcript());
    }

    private static Outcome.Broken broken(String what, RuntimeException e, Transcript transcript) {
        var stack = new StringWriter();
        e.printStackTrace(new PrintWriter(stack));
        return new Outcome.Broken(what + ": " + stack, transcript);
    }

    private boolean isMet(Need need) {
        return needs.computeIfAbsent(
                need,
                _ -> {
                    try (Host host = Host.create(run)) {
                        return need.isMet(host);
                    }
                });
    }

    /** Ends workers and hosts. */
    @Override
    public void close() {
        workers.shutdownNow();
        benches.values().forEach(Benches::close);
    }

    /** Hosts of one builder that no case is using. */
    private static final class Benches {
        private final List<Bench> free = new ArrayList<>();
        private boolean closed;

        synchronized Optional<Bench> take() {
            return free.isEmpty() ? Optional.empty() : Optional.of(free.removeLast());
        }

        synchronized void give(Bench bench) {
            if (closed) {
                bench.close();
            } else {
                free.add(bench);
            }
        }

        synchronized void close() {
            closed = true;
            free.forEach(Bench::close);
            free.clear();
        }
    }
}
