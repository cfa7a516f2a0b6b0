package dev.pontoon.hostlocal;

import dev.pontoon.protocol.Ip;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/**
 * Prints how long calls take with 0, 1 000, 20 000 and 50 000 leases in a /16, in a warm JVM:
 * medians of calls that alternate between the stores, and their ratio to the empty store.
 *
 * <p>Arguments: the number of rounds (200), and the folder in which to make the stores (the
 * temporary folder).
 */
final class HostLocalBench {
    private static final int[] SIZES = {0, 1_000, 20_000, 50_000};
    private static final String[] CALLS = {"ADD", "CHECK", "DEL", "DEL of an unknown id", "STATUS"};
    private static final int FEW_ROUNDS = 7;
    private static final int WARM_UP = 100;

    private final List<Node> nodes = new ArrayList<>();
    private final long[][][] nanos;
    private final int rounds;

    private HostLocalBench(int rounds) {
        this.rounds = rounds;
        this.nanos = new long[CALLS.length][SIZES.length][rounds];
    }

    public static void main(String[] arguments) throws IOException {
        int rounds = arguments.length > 0 ? Integer.parseInt(arguments[0]) : 200;
        Path parent =
                Path.of(arguments.length > 1 ? arguments[1] : System.getProperty("java.io.tmpdir"));
        Path root = Files.createTempDirectory(parent, "host-local-bench");
        try {
            HostLocalBench bench = new HostLocalBench(rounds);
            bench.fill(root);
            bench.run();
            bench.print();
            bench.printAfterForeignChange();
        } finally {
            remove(root);
        }
    }

    private void fill(Path root) throws IOException {
        for (int size : SIZES) {
            Node node = new Node(root.resolve("leases-" + size));
            nodes.add(node);
            Files.createDirectories(node.folder("net"));
            Ip address = Ip.parse("10.1.0.2").orElseThrow();
            for (int i = 0; i < size; i++) {
                node.writeLease(address.toString(), "%064x\r\neth0".formatted(i));
                address = address.next();
            }
            node.writeLease("last_reserved_ip.0", address.previous().toString());
        }
    }

    private void run() {
        for (int round = -WARM_UP; round < rounds; round++) {
            for (int i = 0; i < SIZES.length; i++) {
                long[] taken = round(nodes.get(i), "%064x".formatted(1_000_000 + round));
                for (int call = 0; call < CALLS.length && round >= 0; call++) {
                    nanos[call][i][round] = taken[call];
                }
            }
        }
    }

    private static long[] round(Node node, String id) {
        String conf = conf(node, "");
        String[] address = new String[1];
        long add = time(() -> address[0] = node.add(conf, id).getFirst());
        String checked =
                conf(
                        node,
                        ",'prevResult':{'cniVersion':'1.1.0','ips':[{'address':'"
                                + address[0]
                                + "/16'}]}");
        long check = time(() -> node.check(checked, id));
        long del = time(() -> node.del(checked, id));
        long unknown = time(() -> node.del(conf, id));
        long status = time(() -> node.status(conf));
        return new long[] {add, check, del, unknown, status};
    }

    private static String conf(Node node, String more) {
        return node.conf("net", "1.1.0", "'ranges':[[{'subnet':'10.1.0.0/16'}]]", more);
    }

    private static long time(Runnable call) {
        long start = System.nanoTime();
        call.run();
        return System.nanoTime() - start;
    }

    private void print() {
        System.out.printf("%-28s", "leases");
        for (int size : SIZES) {
            System.out.printf("%18d", size);
        }
        System.out.println();
        for (int call = 0; call < CALLS.length; call++) {
            System.out.printf("%-28s", CALLS[call]);
            double empty = median(nanos[call][0]);
            for (int i = 0; i < SIZES.length; i++) {
                double median = median(nanos[call][i]);
                System.out.printf("%9.3f ms x%5.2f", median / 1e6, median / empty);
            }
            System.out.println();
        }
    }

    /**
     * What a call costs that must read everything, or search a dense range: rare, and not to be
     * slower than the rest.
     */
    private void printAfterForeignChange() {
        long[][] taken = new long[2][FEW_ROUNDS];
        Node node = nodes.getLast();
        for (int round = 0; round < FEW_ROUNDS; round++) {
            String id = "%064x".formatted(2_000_000 + round);
            node.writeLease("10.1.255.1", "by\r\nothers");
            node.deleteLease("10.1.255.1");
            taken[0][round] = time(() -> node.del(conf(node, ""), id));
            node.writeLease("last_reserved_ip.0", "nonsense");
            taken[1][round] = time(() -> node.add(conf(node, ""), id));
            node.del(conf(node, ""), id);
        }
        System.out.printf(
                "with %d leases: first call after another program changed the store %.1f ms,"
                        + " ADD with last_reserved_ip lost %.1f ms%n",
                SIZES[SIZES.length - 1], median(taken[0]) / 1e6, median(taken[1]) / 1e6);
    }

    private static double median(long[] values) {
        long[] sorted = values.clone();
        Arrays.sort(sorted);
        return sorted[sorted.length / 2];
    }

    private static void remove(Path root) throws IOException {
        try (Stream<Path> files = Files.walk(root)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
    }
}
