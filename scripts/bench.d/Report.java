import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * Turns what drive has measured into a table, and if asked into JSON and a chart.
 *
 * <p>Arguments: the folder with the files machine, titles and results, the JSON file or "", the SVG file or "".
 */
final class Report {
    /** Who did the work. The order is that of columns and bars. */
    enum Kind {
        HOT("hot", "Pontoon, hot"),
        COLD("cold", "Pontoon, cold"),
        REFERENCE("reference", "reference"),
        REFERENCE_NFTABLES("reference-nftables", "reference, nftables"),
        FLOOR("floor", "floor");

        final String id;
        final String label;

        Kind(String id, String label) {
            this.id = id;
            this.label = label;
        }

        static Kind of(String id) {
            return Arrays.stream(values()).filter(kind -> kind.id.equals(id)).findFirst().orElseThrow();
        }
    }

    record Growth(String full, String empty, String emptyInWords) {}

    record Key(String row, Kind kind, String measure) {}

    /** All that was measured of one thing, in rising order. */
    record Series(long[] values, int failed) {
        double median() {
            return quantile(0.5);
        }

        double quantile(double share) {
            double at = share * (values.length - 1);
            int below = (int) at;
            int above = Math.min(below + 1, values.length - 1);
            return values[below] + (at - below) * (values[above] - values[below]);
        }
    }

    /** One line of the table: a row and a verb. */
    record Line(String row, String title, String verb, Map<Kind, Series> series) {
        Optional<Series> of(Kind kind) {
            return Optional.ofNullable(series.get(kind));
        }

        /** How long the one took compared with the other. */
        Optional<Double> ratio(Kind one, Kind other) {
            return of(one).flatMap(first -> of(other).map(second -> first.median() / second.median()));
        }
    }

    private static final List<String> VERBS = List.of("ADD", "DEL", "VERSION", "CONNECT", "RUN", "REMOVE");
    private static final List<String> TAKING_AWAY = List.of("DEL", "REMOVE");
    private static final List<String> ABOUT_THE_SERVICE = List.of("start", "memory", "idle");
    /** Rows of a full node, and of the empty one, in words too, that each is to be compared with. */
    private static final List<Growth> GROWTHS = List.of(
            new Growth("leases-50000", "leases-0", "with none"),
            new Growth("chain-beside", "chain-alone", "alone"),
            new Growth("connect-beside", "connect-alone", "alone"));

    private static final double MILLISECOND = 1e6;
    private static final double MEGABYTE = 1e6;

    private final Map<String, String> machine;
    private final Map<String, String> titles;
    private final Map<Key, Series> all = new LinkedHashMap<>();
    private final List<Line> lines = new ArrayList<>();

    private Report(Path folder) throws IOException {
        this.machine = pairs(folder.resolve("machine"));
        this.titles = pairs(folder.resolve("titles"));
        read(folder.resolve("results"));
        for (String row : titles.keySet()) {
            if (!ABOUT_THE_SERVICE.contains(row)) {
                VERBS.forEach(verb -> addLine(row, verb));
            }
        }
    }

    public static void main(String[] arguments) throws IOException {
        Report report = new Report(Path.of(arguments[0]));
        report.print();
        if (!arguments[1].isEmpty()) {
            write(arguments[1], report.json());
        }
        if (!arguments[2].isEmpty()) {
            write(arguments[2], new Chart(report).svg());
        }
    }

    private static void write(String file, String content) throws IOException {
        Files.writeString(Path.of(file), content);
        System.out.println("bench: wrote " + file);
    }

    private static Map<String, String> pairs(Path file) throws IOException {
        Map<String, String> pairs = new LinkedHashMap<>();
        for (String line : Files.readAllLines(file)) {
            String[] fields = line.split("\t", 2);
            pairs.put(fields[0], fields[1]);
        }
        return pairs;
    }

    private void read(Path results) throws IOException {
        Map<Key, List<long[]>> samples = new LinkedHashMap<>();
        for (String line : Files.readAllLines(results)) {
            String[] fields = line.split("\t");
            String[] name = fields[0].split("/");
            samples.computeIfAbsent(new Key(name[0], Kind.of(name[1]), fields[1]), key -> new ArrayList<>())
                    .add(new long[] {Long.parseLong(fields[2]), Long.parseLong(fields[3])});
        }
        samples.forEach((key, values) -> all.put(key, series(values)));
    }

    private static Series series(Collection<long[]> samples) {
        return new Series(
                samples.stream().mapToLong(sample -> sample[0]).sorted().toArray(),
                (int) samples.stream().mapToLong(sample -> sample[1]).sum());
    }

    private void addLine(String row, String verb) {
        Map<Kind, Series> found = new LinkedHashMap<>();
        for (Kind kind : Kind.values()) {
            Series series = all.get(new Key(row, kind, verb));
            if (series != null) {
                found.put(kind, series);
            }
        }
        if (!found.isEmpty()) {
            lines.add(new Line(row, titles.get(row), verb, found));
        }
    }

    // ---- the table ----

    private void print() {
        System.out.println();
        System.out.println(machineInWords());
        if (!lines.isEmpty()) {
            System.out.println("\nMilliseconds: median (quartiles). Ratios of medians; below 1 the first is faster.\n");
            System.out.printf(
                    "%-22s %-7s %18s %18s %18s %18s %8s %8s %9s%n",
                    "", "", "Pontoon, hot", "Pontoon, cold", "reference", "floor", "hot:ref", "cold:ref", "hot:floor");
            lines.forEach(this::print);
            aboutLines().forEach(sentence -> System.out.println("\n" + sentence));
        }
        List<String> facts = new ArrayList<>(growthInWords());
        facts.addAll(serviceInWords());
        if (!facts.isEmpty()) {
            System.out.println();
            facts.forEach(System.out::println);
        }
        printFailures();
        System.out.println();
    }

    /** Why the service can be faster than the floor, and not much faster where others work as well. */
    List<String> aboutLines() {
        List<String> sentences = new ArrayList<>();
        if (lines.stream().anyMatch(line -> line.verb().equals("DEL") && line.of(Kind.HOT).isPresent())) {
            sentences.add("The service answers a DEL when the kernel announces that the link is gone; "
                    + "the floor waits until it has been freed.");
        }
        if (lines.stream().anyMatch(line -> line.verb().equals("RUN"))) {
            sentences.add("Pods: from the first request until all are ready, and until all are stopped and removed; "
                    + "containerd's and runc's own work is in it.");
        }
        return sentences;
    }

    private void print(Line line) {
        print(line, line.title(), Kind.REFERENCE);
        if (line.of(Kind.REFERENCE_NFTABLES).isPresent()) {
            print(line, "  against nftables", Kind.REFERENCE_NFTABLES);
        }
    }

    private void print(Line line, String title, Kind reference) {
        System.out.printf(
                "%-22s %-7s %18s %18s %18s %18s %8s %8s %9s%n",
                title,
                line.verb(),
                cell(line, Kind.HOT),
                cell(line, Kind.COLD),
                cell(line, reference),
                cell(line, Kind.FLOOR),
                ratio(line.ratio(Kind.HOT, reference)),
                ratio(line.ratio(Kind.COLD, reference)),
                ratio(line.ratio(Kind.HOT, Kind.FLOOR)));
    }

    private static String cell(Line line, Kind kind) {
        return line.of(kind)
                .map(series -> "%s (%s-%s)"
                        .formatted(
                                milliseconds(series.median()),
                                milliseconds(series.quantile(0.25)),
                                milliseconds(series.quantile(0.75))))
                .orElse("");
    }

    private static String ratio(Optional<Double> ratio) {
        return ratio.map(value -> number(value, value < 10 ? 2 : 1)).orElse("");
    }

    /** Three digits that count, as far as that goes. */
    static String milliseconds(double nanoseconds) {
        double value = nanoseconds / MILLISECOND;
        return number(value, value < 9.995 ? 2 : value < 99.95 ? 1 : 0);
    }

    private static String number(double value, int decimals) {
        return String.format(Locale.ROOT, "%." + decimals + "f", value);
    }

    String machineInWords() {
        return ("%s, %s processors (%s), %s, kernel %s, leases on %s, load %s before; "
                        + "reference %s, iptables %s; Pontoon %s")
                .formatted(
                        machine.get("date"),
                        machine.get("processors"),
                        machine.get("processor"),
                        machine.get("memory"),
                        machine.get("kernel"),
                        machine.get("file system"),
                        machine.get("load before"),
                        machine.get("reference"),
                        machine.get("iptables"),
                        machine.get("pontoon"));
    }

    /** How much longer each verb takes on a full node than on an empty one. */
    List<String> growthInWords() {
        List<String> facts = new ArrayList<>();
        for (Growth growth : GROWTHS) {
            for (Line line : lines) {
                if (line.row().equals(growth.full())) {
                    facts.add("%s, %s: %s what it takes %s."
                            .formatted(
                                    line.title().strip(),
                                    line.verb(),
                                    String.join(", ", times(line, growth.empty())),
                                    growth.emptyInWords()));
                }
            }
        }
        return facts;
    }

    private List<String> times(Line full, String empty) {
        List<String> times = new ArrayList<>();
        full.series().forEach((kind, series) -> {
            Series before = all.get(new Key(empty, kind, full.verb()));
            if (before != null && kind != Kind.FLOOR) {
                times.add("%s %s times".formatted(kind.label, number(series.median() / before.median(), 2)));
            }
        });
        return times;
    }

    /** What was found of the service alone, a sentence each. */
    List<String> serviceInWords() {
        List<String> facts = new ArrayList<>();
        service("start", "first ADD").ifPresent(took -> facts.add(
                "First ADD answered %s ms after the service was started; it accepted calls after %s ms."
                        .formatted(
                                milliseconds(took.median()),
                                milliseconds(service("start", "accepts").orElseThrow().median()))));
        service("memory", "RSS at the end").ifPresent(size -> facts.add(
                ("Resident memory %s MB at start, %s MB after 1 000 ADD and DEL, %s MB after 2 000; "
                                + "threads %s; open files %s.")
                        .formatted(
                                megabytes("at start"),
                                megabytes("half-way"),
                                megabytes("at the end"),
                                course("threads"),
                                course("files"))));
        service("idle", "idle").ifPresent(used -> facts.add(
                "When nobody calls it, the service uses %s %% of a processor."
                        .formatted(number(used.median() / 1e7, 3))));
        return facts;
    }

    private Optional<Series> service(String row, String measure) {
        return Optional.ofNullable(all.get(new Key(row, Kind.HOT, measure)));
    }

    private String megabytes(String when) {
        return number(service("memory", "RSS " + when).orElseThrow().median() / MEGABYTE, 1);
    }

    private String course(String what) {
        return List.of("at start", "half-way", "at the end").stream()
                .map(when -> number(service("memory", what + " " + when).orElseThrow().median(), 0))
                .collect(Collectors.joining(", "));
    }

    private void printFailures() {
        all.forEach((key, series) -> {
            if (series.failed() > 0) {
                System.out.printf(
                        "%s: %d %s of %s failed%n",
                        titles.get(key.row()), series.failed(), key.measure(), key.kind().label);
            }
            if (key.measure().equals("cold calls")) {
                System.out.printf(
                        "%s: %d calls were not answered by the service%n", titles.get(key.row()), series.values()[0]);
            }
        });
    }

    // ---- JSON ----

    private String json() {
        String facts = machine.entrySet().stream()
                .map(fact -> "    %s: %s".formatted(quoted(fact.getKey()), quoted(fact.getValue())))
                .collect(Collectors.joining(",\n"));
        String figures = all.entrySet().stream()
                .map(entry -> json(entry.getKey(), entry.getValue()))
                .collect(Collectors.joining(",\n"));
        return """
                {
                  "machine": {
                %s
                  },
                  "units": "nanoseconds, bytes, or counts",
                  "figures": [
                %s
                  ]
                }
                """.formatted(facts, figures);
    }

    private String json(Key key, Series series) {
        return String.format(
                Locale.ROOT,
                "    {\"row\": %s, \"title\": %s, \"kind\": %s, \"measure\": %s, \"samples\": %d, \"failed\": %d, "
                        + "\"median\": %.0f, \"quartiles\": [%.0f, %.0f], \"least\": %d, \"most\": %d%s}",
                quoted(key.row()),
                quoted(titles.get(key.row())),
                quoted(key.kind().id),
                quoted(key.measure()),
                series.values().length,
                series.failed(),
                series.median(),
                series.quantile(0.25),
                series.quantile(0.75),
                series.values()[0],
                series.values()[series.values().length - 1],
                ratioInJson(key, series));
    }

    private String ratioInJson(Key key, Series series) {
        Series reference = all.get(new Key(key.row(), Kind.REFERENCE, key.measure()));
        return reference == null
                ? ""
                : String.format(Locale.ROOT, ", \"toReference\": %.4f", series.median() / reference.median());
    }

    private static String quoted(String text) {
        return '"' + text.replace("\\", "\\\\").replace("\"", "\\\"") + '"';
    }

    /** Every row has its own scale: the reference's bar is equally long everywhere, and the others are drawn to it. */
    static final class Chart {
        private static final int WIDTH = 1040;
        private static final int MARGIN = 24;
        private static final int TITLES = 156;
        private static final int PANEL = 402;
        private static final int GAP = 32;
        private static final int BAR = 12;
        private static final int STEP = 15;
        private static final int BETWEEN_ROWS = 16;
        private static final int TOP = 132;
        private static final double REFERENCE_LENGTH = 150;
        private static final double LONGEST = 300;

        private static final String STYLE =
                """
                text { font: 12px system-ui, "Segoe UI", Roboto, "DejaVu Sans", sans-serif; fill: #1f2937; }
                .card { fill: #ffffff; stroke: #e5e7eb; }
                .heading { font-size: 20px; font-weight: 600; }
                .quiet { fill: #6b7280; }
                .value { font-size: 11px; fill: #4b5563; font-variant-numeric: tabular-nums; }
                .name, .verb { font-weight: 600; }
                .win { font-weight: 700; fill: #0f766e; }
                .loss { font-weight: 700; fill: #b45309; }
                .rule { stroke: #e5e7eb; }
                .hot { fill: #0d9488; }
                .cold { fill: #7dd3c8; }
                .reference { fill: #8b95a5; }
                .reference-nftables { fill: #c0c7d1; }
                .floor { fill: #fbbf24; }
                .inside { font-size: 11px; fill: #134e4a; }
                @media (prefers-color-scheme: dark) {
                  text { fill: #e5e7eb; }
                  .card { fill: #0d1117; stroke: #30363d; }
                  .quiet { fill: #9ca3af; }
                  .value { fill: #b6bec9; }
                  .win { fill: #2dd4bf; }
                  .loss { fill: #fbbf24; }
                  .rule { stroke: #30363d; }
                  .hot { fill: #14b8a6; }
                  .cold { fill: #5f9f97; }
                  .reference { fill: #6b7688; }
                  .reference-nftables { fill: #465064; }
                  .floor { fill: #d69e2e; }
                  .inside { fill: #06201d; }
                }
                """;

        private final Report report;
        private final StringBuilder drawing = new StringBuilder();
        private int y = TOP;

        Chart(Report report) {
            this.report = report;
        }

        String svg() {
            header();
            for (String row : report.titles.keySet()) {
                List<Line> ofRow = report.lines.stream().filter(line -> line.row().equals(row)).toList();
                if (!ofRow.isEmpty()) {
                    row(ofRow);
                }
            }
            footer();
            return """
                    <svg xmlns="http://www.w3.org/2000/svg" width="%d" height="%d" viewBox="0 0 %d %d" role="img">
                    <title>Pontoon and the reference plugins: how long a call takes</title>
                    <style>
                    %s</style>
                    <rect class="card" x="0.5" y="0.5" width="%d" height="%d" rx="10"/>
                    %s</svg>
                    """
                    .formatted(WIDTH, y, WIDTH, y, STYLE, WIDTH - 1, y - 1, drawing);
        }

        private void header() {
            text(MARGIN, 40, "heading", "How long a call takes");
            text(
                    MARGIN,
                    62,
                    "quiet",
                    "Medians of whole processes in milliseconds, taken in turns. Each row has its own scale: "
                            + "the reference's bar is always equally long.");
            int x = MARGIN;
            for (Kind kind : Kind.values()) {
                if (report.lines.stream().anyMatch(line -> line.of(kind).isPresent())) {
                    bar(kind, x, 80, 12, 12);
                    text(x + 18, 90, "", legend(kind));
                    x += 34 + 7 * legend(kind).length();
                }
            }
            text(panelX(0), 120, "verb", "ADD");
            text(panelX(1), 120, "verb", "DEL");
        }

        private static String legend(Kind kind) {
            return switch (kind) {
                case HOT -> "Pontoon, with its service";
                case COLD -> "Pontoon, without it";
                case REFERENCE -> "reference plugins";
                case REFERENCE_NFTABLES -> "reference, nftables";
                case FLOOR -> "floor: kernel work alone, in C";
            };
        }

        private static int panelX(int panel) {
            return MARGIN + TITLES + panel * (PANEL + GAP);
        }

        private void row(List<Line> ofRow) {
            drawing.append("<line class=\"rule\" x1=\"%d\" x2=\"%d\" y1=\"%d\" y2=\"%d\"/>%n"
                    .formatted(MARGIN, WIDTH - MARGIN, y, y));
            y += BETWEEN_ROWS / 2;
            text(MARGIN, y + BAR - 1, "name", ofRow.getFirst().title());
            int height = 0;
            for (Line line : ofRow) {
                panel(panelX(TAKING_AWAY.contains(line.verb()) ? 1 : 0), line);
                height = Math.max(height, line.series().size() * STEP);
            }
            y += height + BETWEEN_ROWS / 2;
        }

        private void panel(int x, Line line) {
            int at = y;
            Optional<Series> reference = line.of(Kind.REFERENCE);
            double unit = (reference.isPresent() ? reference : line.series().values().stream().findFirst())
                    .orElseThrow()
                    .median();
            for (Map.Entry<Kind, Series> entry : line.series().entrySet()) {
                double median = entry.getValue().median();
                measured(entry.getKey(), x, at, REFERENCE_LENGTH * median / unit, milliseconds(median));
                at += STEP;
            }
            line.ratio(line.of(Kind.HOT).isPresent() ? Kind.HOT : Kind.COLD, Kind.REFERENCE)
                    .ifPresent(ratio -> verdict(x + PANEL, ratio));
        }

        /** A bar that would not fit is cut, and its figure stands inside. */
        private void measured(Kind kind, int x, int at, double length, String figure) {
            if (length > LONGEST) {
                drawing.append("<path class=\"%s\" d=\"M%d %d h%.1f l6 %d l-6 %d h-%.1f z\"/>%n"
                        .formatted(kind.id, x, at, LONGEST, BAR / 2, BAR / 2, LONGEST));
                drawing.append("<text class=\"inside\" x=\"%.1f\" y=\"%d\" text-anchor=\"end\">%s</text>%n"
                        .formatted(x + LONGEST - 4, at + BAR - 2, figure));
            } else {
                bar(kind, x, at, Math.max(length, 1.5), BAR);
                text(x + (int) Math.max(length, 1.5) + 5, at + BAR - 2, "value", figure);
            }
        }

        private void verdict(int right, double ratio) {
            double times = ratio <= 1 ? 1 / ratio : ratio;
            String figure = number(times, times < 9.95 ? 1 : 0);
            String words = figure.equals("1.0") ? "equal" : figure + " × " + (ratio <= 1 ? "faster" : "slower");
            drawing.append("<text class=\"%s\" x=\"%d\" y=\"%d\" text-anchor=\"end\">%s</text>%n"
                    .formatted(words.endsWith("slower") ? "loss" : "win", right, y + BAR - 1, words));
        }

        private void bar(Kind kind, int x, int at, double width, int height) {
            drawing.append("<rect class=\"%s\" x=\"%d\" y=\"%d\" width=\"%.1f\" height=\"%d\" rx=\"2\"/>%n"
                    .formatted(kind.id, x, at, width, height));
        }

        private void footer() {
            drawing.append("<line class=\"rule\" x1=\"%d\" x2=\"%d\" y1=\"%d\" y2=\"%d\"/>%n"
                    .formatted(MARGIN, WIDTH - MARGIN, y, y));
            y += 10;
            List<String> notes = new ArrayList<>(report.growthInWords());
            notes.addAll(report.serviceInWords());
            notes.addAll(report.aboutLines());
            notes.addAll(Arrays.asList(report.machineInWords().split("; ", 2)));
            for (String note : notes) {
                y += 17;
                text(MARGIN, y, "quiet", note);
            }
            y += 20;
        }

        private void text(int x, int at, String style, String content) {
            drawing.append("<text class=\"%s\" x=\"%d\" y=\"%d\">%s</text>%n"
                    .formatted(style, x, at, content.replace("&", "&amp;").replace("<", "&lt;")));
        }
    }
}
