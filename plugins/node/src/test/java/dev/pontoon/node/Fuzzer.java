package dev.pontoon.node;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.pontoon.plugin.Call;
import dev.pontoon.plugin.Installation;
import dev.pontoon.plugin.Log;
import dev.pontoon.plugin.Plugin;
import dev.pontoon.plugin.PluginMain;
import dev.pontoon.plugin.StopSignal;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.ServiceLoader;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;

/**
 * Makes invented calls, one after the other, and looks at each answer and at what it changed. Runs
 * inside a private host, because some of the calls are right by accident: those are taken back.
 *
 * <p>Prints a line for each fault, at most {@value #MOST_FAULTS}, and a summary: {@code answers
 * NUMBER: COUNT, …} with 0 for success.
 */
final class Fuzzer {

    private static final int MOST_FAULTS = 20;
    private static final long LONGEST_CALL_MS = 20_000;

    /** Codes that say that a call asked for something impossible; see the CNI specification. */
    private static final Set<Integer> REFUSALS = Set.of(1, 2, 3, 4, 6, 7, 8);

    private static final Set<Integer> OWN_CODES = Set.of(5, 11, 50, 51, 100, 102, 103, 104, 105);

    /** Pontoon's own folders, which come with the first call that locks something. */
    private static final Set<String> OWN_FOLDERS =
            Set.of("/run/pontoon", "/run/pontoon/ledger", "/run/pontoon/locks");

    private static final List<String> STATE = List.of("/var/lib/cni", "/run", "/etc/cni");

    private static final ObjectMapper JSON =
            new ObjectMapper().enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);

    private final Map<String, Plugin> plugins = new HashMap<>();
    private final Installation installation;
    private final String netns;
    private final String bin;
    private final Map<Integer, Integer> answers = new TreeMap<>();
    private final List<String> faults = new ArrayList<>();
    private Set<String> state = state();
    private volatile long started;
    private volatile String current = "";

    private Fuzzer(String netns, String bin, Path launcher) {
        this.netns = netns;
        this.bin = bin;
        List<Plugin> found = new ArrayList<>();
        ServiceLoader.load(Plugin.class).forEach(found::add);
        found.forEach(plugin -> plugins.put(plugin.name(), plugin));
        this.installation = Installation.of(launcher, found);
    }

    /** Arguments: the first call's number, how many, a namespace to use, folder and launcher. */
    public static void main(String[] args) {
        var fuzzer = new Fuzzer(args[2], args[3], Path.of(args[4]));
        fuzzer.watch();
        long first = Long.parseLong(args[0]);
        long count = Long.parseLong(args[1]);
        for (long number = first; number < first + count; number++) {
            fuzzer.attempt(number);
            if (fuzzer.faults.size() >= MOST_FAULTS) {
                break;
            }
        }
        fuzzer.faults.forEach(System.out::println);
        System.out.println("answers " + fuzzer.answers);
        Runtime.getRuntime().halt(fuzzer.faults.isEmpty() ? 0 : 1);
    }

    /** Ends the run, and shows where it hangs, if one call does not end. */
    private void watch() {
        Thread main = Thread.currentThread();
        Thread watcher =
                new Thread(() -> {
                    while (!hangs()) {
                        pause();
                    }
                    System.out.println("no end: " + current);
                    for (StackTraceElement frame : main.getStackTrace()) {
                        System.out.println("  at " + frame);
                    }
                    Runtime.getRuntime().halt(2);
                });
        watcher.setDaemon(true);
        watcher.start();
    }

    private boolean hangs() {
        long since = started;
        return since != 0 && System.nanoTime() - since > LONGEST_CALL_MS * 1_000_000;
    }

    private synchronized void pause() {
        try {
            wait(LONGEST_CALL_MS / 10);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** What one call printed, and the code of its error; 0 for success. */
    private record Answer(boolean succeeded, String printed, String log, int code) {}

    private void attempt(long number) {
        InventedCall call = InventedCall.of(number, netns, bin);
        current = number + " " + call;
        try {
            Answer answer = run(call);
            answers.merge(answer.code, 1, Integer::sum);
            inspect(call, answer);
        } catch (IOException | RuntimeException | Error e) {
            fault("threw " + e);
        }
    }

    private Answer run(InventedCall call) throws IOException {
        var out = new ByteArrayOutputStream();
        var err = new ByteArrayOutputStream();
        var log = new Log(call.plugin(), new PrintStream(err, false, UTF_8));
        Plugin plugin = plugins.get(call.plugin());
        started = System.nanoTime();
        boolean succeeded =
                PluginMain.run(
                        plugin,
                        new Call(installation, new StopSignal(), log),
                        call.variables(),
                        new ByteArrayInputStream(call.stdin()),
                        dev.pontoon.plugin.Answer.to(out));
        started = 0;
        String printed = out.toString(UTF_8);
        int code = succeeded ? 0 : JSON.readTree(printed).path("code").asInt(-1);
        return new Answer(succeeded, printed, err.toString(UTF_8), code);
    }

    private void inspect(InventedCall call, Answer answer) throws IOException {
        String command = call.variables().getOrDefault("CNI_COMMAND", "");
        inspectDocument(command, answer);
        boolean readsOnly = Set.of("CHECK", "STATUS", "VERSION").contains(command);
        Set<String> before = state;
        state = state();
        // An IPAM plugin is asked when the link is there: what it refuses has to be taken back.
        boolean untouched = REFUSALS.contains(answer.code) && !call.hasNetns(netns);
        if (untouched || readsOnly) {
            expect(before.equals(state), "changed " + difference(before, state), answer);
        } else if (!before.equals(state) || (command.equals("ADD") && answer.succeeded)) {
            takeBack(call, command, answer);
        }
    }

    private void inspectDocument(String command, Answer answer) throws IOException {
        if (answer.succeeded && !command.equals("ADD") && !command.equals("VERSION")) {
            expect(answer.printed.isEmpty(), "printed something", answer);
            return;
        }
        JsonNode document = JSON.readTree(answer.printed);
        expect(document.isObject(), "printed no object", answer);
        expect(document.has("code") != answer.succeeded, "result and status differ", answer);
        if (!answer.succeeded) {
            boolean known = REFUSALS.contains(answer.code) || OWN_CODES.contains(answer.code);
            expect(known, "gave code " + answer.code, answer);
            expect(!document.path("msg").asText().isBlank(), "gave no reason", answer);
        }
    }

    /** A call that was right by accident, or failed half-way: what it made must go, or be gone. */
    private void takeBack(InventedCall call, String command, Answer answer) throws IOException {
        if (command.equals("ADD") && answer.succeeded) {
            Map<String, String> variables = new TreeMap<>(call.variables());
            variables.put("CNI_COMMAND", "DEL");
            Answer del = run(new InventedCall(call.plugin(), variables, call.stdin()));
            expect(del.succeeded, "could not be taken back", del);
        }
        expect(leftovers().isEmpty(), "left " + leftovers(), answer);
        removeWhatStays();
        state = state();
    }

    /** Leases, ledger entries and links of containers; folders, locks and bridges may stay. */
    private static List<String> leftovers() {
        List<String> left = new ArrayList<>();
        for (String each : state()) {
            Path path = Path.of(each);
            String name = path.getFileName().toString();
            boolean file = Files.isRegularFile(path);
            boolean kept =
                    Set.of("lock", "index").contains(name) || name.startsWith("last_reserved_ip");
            if (name.startsWith("veth") || (file && !kept && !isOfTheHost(each))) {
                left.add(each);
            }
        }
        return left;
    }

    private static void removeWhatStays() throws IOException {
        List<String> all = new ArrayList<>(state());
        // What is in a folder stands behind it.
        for (String each : all.reversed()) {
            Path path = Path.of(each);
            if (!each.startsWith("/sys/class/net/")) {
                if (!isOfTheHost(each)) {
                    Files.deleteIfExists(path);
                }
            } else if (!each.endsWith("/lo")) {
                deleteLink(path.getFileName().toString());
            }
        }
    }

    private static boolean isOfTheHost(String path) {
        return path.startsWith("/run/netns")
                || path.startsWith("/run/lock")
                || path.equals("/etc/cni/net.d");
    }

    private static void deleteLink(String name) throws IOException {
        try {
            new ProcessBuilder("ip", "link", "del", name).inheritIO().start().waitFor();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Everything in the state folders, and every link. */
    private static Set<String> state() {
        Set<String> found = new TreeSet<>();
        for (String folder : STATE) {
            walk(Path.of(folder), found);
        }
        for (Path link : list(Path.of("/sys/class/net"))) {
            found.add(link.toString());
        }
        return found;
    }

    private static void walk(Path folder, Set<String> found) {
        for (Path each : list(folder)) {
            if (!OWN_FOLDERS.contains(each.toString())) {
                found.add(each.toString());
            }
            if (Files.isDirectory(each)) {
                walk(each, found);
            }
        }
    }

    private static List<Path> list(Path folder) {
        try (Stream<Path> entries = Files.list(folder)) {
            return entries.toList();
        } catch (IOException e) {
            return List.of();
        }
    }

    private static List<String> difference(Set<String> before, Set<String> after) {
        List<String> lines = new ArrayList<>();
        before.stream()
                .filter(each -> !after.contains(each))
                .forEach(each -> lines.add("- " + each));
        after.stream()
                .filter(each -> !before.contains(each))
                .forEach(each -> lines.add("+ " + each));
        return lines;
    }

    private void expect(boolean claim, String otherwise, Answer answer) {
        if (!claim) {
            fault(otherwise + "; printed: " + answer.printed + "; log: " + answer.log);
        }
    }

    private void fault(String what) {
        faults.add("fault: " + what + "\n  call " + current);
    }
}
