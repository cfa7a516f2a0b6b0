package dev.pontoon.node;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * README.md or a page below docs/, as the blocks between its fences.
 *
 * <p>{@code json} is a network, which can be attached. {@code console} is commands behind {@code
 * $}, with what they print; {@code ...} stands for any lines. {@code sh} is a script. Any other
 * block, and one that no test can run, has a comment before it that says why: {@code <!-- not run:
 * why -->}. A comment {@code <!-- given} holds commands that come before the next block, which
 * readers need not see; {@code <!-- needs: runc /usr/lib/cni/bridge -->} names programs and files.
 */
record UserDocument(Path file, List<Block> blocks, List<String> needs) {
    private static final Path CHECKOUT = Path.of("../..");
    private static final Pattern FENCE = Pattern.compile("```(\\w*)");
    private static final Pattern NOT_RUN = Pattern.compile("<!-- not run: (.+) -->");
    private static final Pattern NEEDS = Pattern.compile("<!-- needs: (.+) -->");

    /** What is between two fences, or in a comment with commands. */
    record Block(String place, String kind, String notRun, List<String> lines) {
        boolean runs() {
            return notRun.isEmpty();
        }

        boolean isJson() {
            return runs() && kind.equals("json");
        }

        boolean hasCommands() {
            return runs() && List.of("console", "sh", "given").contains(kind);
        }

        String text() {
            return String.join("\n", lines) + "\n";
        }

        @Override
        public String toString() {
            return place;
        }
    }

    /** All of them, README.md first. */
    static List<UserDocument> all() {
        try (Stream<Path> pages = Files.list(CHECKOUT.resolve("docs"))) {
            return Stream.concat(
                            Stream.of(CHECKOUT.resolve("README.md")),
                            pages.filter(page -> page.toString().endsWith(".md")).sorted())
                    .map(UserDocument::read)
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static UserDocument named(String name) {
        return read(CHECKOUT.resolve(name));
    }

    private static UserDocument read(Path file) {
        try {
            return read(file, Files.readAllLines(file));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static UserDocument read(Path file, List<String> lines) {
        List<Block> blocks = new ArrayList<>();
        List<String> needs = new ArrayList<>();
        String notRun = "";
        for (int i = 0; i < lines.size(); i++) {
            String line = lines.get(i);
            Matcher fence = FENCE.matcher(line);
            Matcher why = NOT_RUN.matcher(line);
            Matcher need = NEEDS.matcher(line);
            if (why.matches()) {
                notRun = why.group(1);
            } else if (need.matches()) {
                needs.addAll(List.of(need.group(1).split(" ")));
            } else if (line.equals("<!-- given") || fence.matches()) {
                boolean given = line.startsWith("<");
                int end = end(lines, i, given ? "-->" : "```");
                String place = file.getFileName() + ":" + (i + 1);
                String kind = given ? "given" : fence.group(1);
                blocks.add(new Block(place, kind, notRun, List.copyOf(lines.subList(i + 1, end))));
                notRun = "";
                i = end;
            }
        }
        return new UserDocument(file, List.copyOf(blocks), List.copyOf(needs));
    }

    private static int end(List<String> lines, int begin, String mark) {
        for (int i = begin + 1; i < lines.size(); i++) {
            if (lines.get(i).equals(mark)) {
                return i;
            }
        }
        throw new AssertionError("line " + (begin + 1) + ": a block without its end");
    }

    /** The lines below a heading of the second level. */
    List<String> section(String heading) {
        try {
            List<String> lines = Files.readAllLines(file);
            int begin = lines.indexOf("## " + heading) + 1;
            if (begin == 0) {
                throw new AssertionError(file + " has no section " + heading);
            }
            int end = begin;
            while (end < lines.size() && !lines.get(end).startsWith("## ")) {
                end++;
            }
            return lines.subList(begin, end);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public String toString() {
        return file.getFileName().toString();
    }
}
