import dev.pontoon.conformance.cri.CriClient;
import dev.pontoon.conformance.cri.Sandbox;
import dev.pontoon.conformance.host.HarnessFault;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/**
 * Has containerds make pods, as many at once as told, and remove them, in turns; tells how long each took until all were
 * ready, and until all were gone, as drive does it.
 *
 * <p>Arguments: rounds, pods, control group, and CANDIDATE=SOCKET for each containerd.
 */
final class Pods {
    private static final int WARM_UP = 1;

    /** What is removed is freed a little later; the next candidate must not be charged for that. */
    private static final int PAUSE_MILLIS = 500;

    private record Candidate(String name, CriClient containerd) {
        static Candidate of(String argument) {
            String[] parts = argument.split("=", 2);
            return new Candidate(parts[0], new CriClient(Path.of(parts[1])));
        }
    }

    private final int count;
    private final String controlGroup;

    private Pods(int count, String controlGroup) {
        this.count = count;
        this.controlGroup = controlGroup;
    }

    public static void main(String[] arguments) throws Exception {
        int rounds = Integer.parseInt(arguments[0]);
        var pods = new Pods(Integer.parseInt(arguments[1]), arguments[2]);
        List<Candidate> candidates = new ArrayList<>();
        for (int i = 3; i < arguments.length; i++) {
            candidates.add(Candidate.of(arguments[i]));
        }
        for (int round = 0; round < WARM_UP + rounds; round++) {
            for (int i = 0; i < candidates.size(); i++) {
                pods.measure(candidates.get((round + i) % candidates.size()), round >= WARM_UP);
            }
        }
    }

    private void measure(Candidate candidate, boolean isMeasured) throws Exception {
        CriClient containerd = candidate.containerd();
        long began = System.nanoTime();
        int failed = atOnce(names(), name -> containerd.runPodSandbox(name, controlGroup));
        List<Sandbox> all = containerd.listPodSandbox();
        long ready = System.nanoTime() - began;
        failed += (int) all.stream().filter(pod -> !pod.ready()).count();
        print(candidate, "RUN", ready, failed, isMeasured);
        TimeUnit.MILLISECONDS.sleep(PAUSE_MILLIS);

        began = System.nanoTime();
        failed = atOnce(all, pod -> {
            containerd.stopPodSandbox(pod.id());
            containerd.removePodSandbox(pod.id());
        });
        failed += containerd.listPodSandbox().size();
        print(candidate, "REMOVE", System.nanoTime() - began, failed, isMeasured);
        TimeUnit.MILLISECONDS.sleep(PAUSE_MILLIS);
    }

    private List<String> names() {
        List<String> names = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            names.add("pod" + i);
        }
        return names;
    }

    /** Returns how many failed. */
    private static <T> int atOnce(List<T> all, Consumer<T> action) throws Exception {
        int failed = 0;
        var start = new CountDownLatch(1);
        try (ExecutorService threads = Executors.newFixedThreadPool(Math.max(1, all.size()))) {
            List<Future<?>> running = new ArrayList<>();
            for (T one : all) {
                running.add(threads.submit(() -> {
                    start.await();
                    action.accept(one);
                    return null;
                }));
            }
            start.countDown();
            for (Future<?> each : running) {
                failed += hasFailed(each) ? 1 : 0;
            }
        }
        return failed;
    }

    private static boolean hasFailed(Future<?> future) throws Exception {
        try {
            future.get();
            return false;
        } catch (java.util.concurrent.ExecutionException e) {
            if (e.getCause() instanceof HarnessFault refusal) {
                System.err.println("pods: " + refusal.reason());
                return true;
            }
            throw e;
        }
    }

    private static void print(Candidate candidate, String verb, long nanoseconds, int failed, boolean isMeasured) {
        if (isMeasured) {
            System.out.printf("%s\t%s\t%d\t%d%n", candidate.name(), verb, nanoseconds, failed);
        }
    }
}
