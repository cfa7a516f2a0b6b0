package dev.pontoon.node;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.pontoon.testing.Await;
import dev.pontoon.testing.CniCall;
import dev.pontoon.testing.CniResult;
import dev.pontoon.testing.Command;
import dev.pontoon.testing.Conf;
import dev.pontoon.testing.Container;
import dev.pontoon.testing.Host;
import dev.pontoon.testing.HostExtension;
import dev.pontoon.testing.Need;
import dev.pontoon.testing.Output;
import dev.pontoon.testing.Running;
import dev.pontoon.testing.Snapshot;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * Calls that are killed at points spread evenly over their run, and what is left then.
 *
 * <p>timeout(1) sends the signal, so that the point does not depend on this JVM: to the launcher
 * alone, as a runtime does, or to launcher and Java at once, as the end of a cgroup or of memory
 * does. Each point has a container id and an interface name of its own, {@code k57}, by which
 * whatever it leaves can be told.
 */
@Tag("kernel")
@ExtendWith(HostExtension.class)
final class KillSweepIT {

    private static final int ADD_POINTS = 200;
    private static final int REMOVAL_POINTS = 30;
    private static final int BATCH = 10;

    private static final int ENDED_BY_TERM = 128 + 15;

    /** The last points come after the end of an undisturbed call. */
    private static final double SPAN = 1.1;

    private static final ObjectNode CONF =
            Conf.of(
                    """
                    {'cniVersion':'1.1.0','name':'sweep','type':'bridge','bridge':'cni0',
                     'isDefaultGateway':true,'ipMasq':true,'macspoofchk':true,
                     'ipam':{'type':'host-local','ranges':[[{'subnet':'10.99.0.0/24'}],
                                                           [{'subnet':'fd99::/64'}]]}}
                    """);

    /** The list that libcni hands over when no attachment is known. */
    private static final ObjectNode GC_CONF = Conf.with(CONF, "{'cni.dev/valid-attachments':[]}");

    private PackagedPontoon pontoon;
    private Host host;
    private Container pod;
    private CniCall bridge;
    private State clean;
    private double addMillis;
    private double delMillis;
    private double gcMillis;

    /** What host and container hold, without the one trace that the store keeps on purpose. */
    private record State(Snapshot host, Snapshot container) {
        void assertSameAs(State before, String what) {
            List<String> difference = new ArrayList<>(host.differenceFrom(before.host));
            difference.addAll(container.differenceFrom(before.container));
            assertThat(difference).as(what).isEmpty();
        }
    }

    /** One call that is to be killed, and its end. */
    private record Point(int number, String signal, boolean all, double millis) {
        String name() {
            return "k" + number;
        }

        @Override
        public String toString() {
            return String.format(
                    Locale.ROOT,
                    "%s: SIG%s to %s after %.1f ms",
                    name(),
                    signal,
                    all ? "launcher and Java" : "the launcher",
                    millis);
        }
    }

    /** The first calls make what stays: the bridge, and forwarding. The later ones are measured. */
    @BeforeEach
    void warmUp(Host fresh) {
        Need.kernel("nftables nat");
        Need.kernel("ipv6");
        Need.tool("timeout");
        pontoon = PackagedPontoon.require();
        host = fresh;
        pod = host.container("pod");
        bridge = host.cni(pontoon.bin(), "bridge").container(pod).stdin(CONF);
        double add = Double.MAX_VALUE;
        double del = Double.MAX_VALUE;
        double gc = Double.MAX_VALUE;
        for (int i = 0; i < 3; i++) {
            add = Math.min(add, millis(bridge.add()));
            del = Math.min(del, millis(bridge.del()));
            bridge.add().succeeded();
            gc = Math.min(gc, millis(bridge.stdin(GC_CONF).gc()));
        }
        addMillis = add;
        delMillis = del;
        gcMillis = gc;
        clean = state();
    }

    private static double millis(CniResult result) {
        return result.succeeded().elapsed().toNanos() / 1e6;
    }

    @Test
    @DisplayName("E12 ADD killed with SIGKILL at 200 points leaves nothing after DEL or GC")
    void killedAddLeavesNothingAfterDelOrGc() {
        List<Point> batch = new ArrayList<>();
        for (Point point : points("KILL", ADD_POINTS, addMillis)) {
            killAndRemove(point);
            batch.add(point);
            expectCleanAfter(batch);
        }
    }

    /** DEL comes at once, while Java may still be undoing the call; GC leaves such a call alone. */
    private void killAndRemove(Point point) {
        Running add = start(point, "ADD", CONF);
        if (point.number() / 2 % 2 == 0) {
            Await.until("the end of " + point, () -> !add.alive());
            call(point).del().succeeded();
            add.await();
        } else {
            add.await();
            gc();
        }
    }

    @Test
    @DisplayName("E13 ADD stopped with SIGTERM at 200 points undoes itself and prints one document")
    void stoppedAddUndoesItself() {
        List<Point> batch = new ArrayList<>();
        int stopped = 0;
        for (Point point : points("TERM", ADD_POINTS, addMillis)) {
            stopped += wasStopped(point) ? 1 : 0;
            batch.add(point);
            expectCleanAfter(batch);
        }
        // A sweep that was too early or too late for most points has shown nothing.
        assertThat(stopped).as("calls that the signal met at work").isGreaterThan(ADD_POINTS / 2);
    }

    /** Returns false if the ADD was done before the signal came: it is removed here then. */
    private boolean wasStopped(Point point) {
        Output output = start(point, "ADD", CONF).await();
        String transcript = point + "\n" + output.transcript();
        if (output.exit() == ENDED_BY_TERM) {
            // It met timeout's child before that had become the launcher, which may take long.
            assertThat(output.stdout()).as(transcript).isEmpty();
            assertThat(output.stderr()).as(transcript).isEmpty();
            return false;
        }
        ObjectNode printed = Conf.of(output.stdout());
        if (output.exit() == 0) {
            assertThat(printed.path("ips")).as(transcript).hasSize(2);
            call(point).del().succeeded();
            return false;
        }
        assertThat(output.exit()).as(transcript).isEqualTo(1);
        assertThat(printed.path("code").asInt()).as(transcript).isEqualTo(101);
        assertThat(printed.path("msg").asText()).as(transcript).contains("stopped");
        return true;
    }

    @Test
    @DisplayName("DEL killed with SIGKILL at 30 points is completed by the next DEL")
    void killedDelIsCompletedByTheNext() {
        List<Point> batch = new ArrayList<>();
        for (Point point : points("KILL", REMOVAL_POINTS, delMillis)) {
            call(point).add().succeeded();
            start(point, "DEL", CONF).await();
            call(point).del().succeeded();
            batch.add(point);
            expectCleanAfter(batch);
        }
    }

    @Test
    @DisplayName("GC killed with SIGKILL at 30 points is completed by the next DEL or GC")
    void killedGcIsCompletedByTheNext() {
        List<Point> batch = new ArrayList<>();
        for (Point point : points("KILL", REMOVAL_POINTS, gcMillis)) {
            call(point).add().succeeded();
            start(point, "GC", GC_CONF).await();
            if (point.number() / 2 % 2 == 0) {
                call(point).del().succeeded();
            } else {
                gc();
            }
            batch.add(point);
            expectCleanAfter(batch);
        }
    }

    /** Even ones hit the launcher alone, odd ones the whole process group. */
    private static List<Point> points(String signal, int count, double callMillis) {
        List<Point> points = new ArrayList<>();
        double step = callMillis * SPAN / count;
        Random jitter = new Random(count);
        for (int number = 0; number < count; number++) {
            double millis = step * (number + jitter.nextDouble());
            points.add(new Point(number, signal, number % 2 == 1, millis));
        }
        return points;
    }

    private CniCall call(Point point) {
        return bridge.containerId(point.name()).ifname(point.name());
    }

    private void gc() {
        bridge.stdin(GC_CONF).gc().succeeded();
    }

    /** Without --foreground, timeout sends the signal to its whole process group. */
    private Running start(Point point, String verb, ObjectNode configuration) {
        List<String> words = new ArrayList<>(List.of("timeout", "--preserve-status"));
        if (!point.all()) {
            words.add("--foreground");
        }
        String seconds = String.format(Locale.ROOT, "%.6f", point.millis() / 1000);
        words.addAll(List.of("-s", point.signal(), seconds));
        words.add(pontoon.bin().resolve("bridge").toString());
        Command command =
                host.command(words)
                        .env("CNI_COMMAND", verb)
                        .env("CNI_CONTAINERID", point.name())
                        .env("CNI_NETNS", pod.netns())
                        .env("CNI_IFNAME", point.name())
                        .env("CNI_PATH", pontoon.bin().toString());
        return command.stdin(configuration.toString()).start();
    }

    /** Looks at the end of each batch; a difference is told together with the batch's points. */
    private void expectCleanAfter(List<Point> batch) {
        if (batch.size() == BATCH) {
            state().assertSameAs(clean, "left by one of " + batch);
            batch.clear();
        }
    }

    private State state() {
        // The store keeps the last address and an index of its files, which is a cache.
        String kept = "last_reserved_ip|networks/\\.pontoon/";
        return new State(host.snapshot().without(kept), pod.snapshot());
    }
}
