package dev.pontoon.node;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.pontoon.node.UserDocument.Block;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;
import org.junit.jupiter.params.provider.MethodSource;

/** What of the documents can be told without a kernel; DocumentsIT runs what is in them. */
@DisplayName("README.md and docs/")
final class DocumentsTest {
    static final List<String> PLUGINS = DocumentedKeys.PLUGINS;

    private static final Pattern LINK = Pattern.compile("\\]\\(([^)#]+)(?:#[^)]*)?\\)");

    /** Where a key is read, with its name or that of a constant. */
    private static final Pattern READ =
            Pattern.compile(
                    "(?:flag|text|texts|integer|integerOrNull|unsignedLong|object|objects|objectLists|has)"
                            + "\\(\\s*(\"[\\w.]+\"|[A-Z_]+)");

    static List<UserDocument> documents() {
        return UserDocument.all();
    }

    @ParameterizedTest
    @MethodSource("documents")
    @DisplayName("every block is run, or says why it is not")
    void blocks(UserDocument document) {
        List<Block> silent =
                document.blocks().stream()
                        .filter(each -> each.runs() && !each.isJson() && !each.hasCommands())
                        .toList();
        assertThat(silent).as("blocks that need <!-- not run: why --> before them").isEmpty();
    }

    @Test
    @DisplayName("a block without a word of its kind, and one that is marked, are told apart")
    void marks() {
        UserDocument document =
                UserDocument.read(
                        Path.of("x.md"),
                        List.of(
                                "```",
                                "ls",
                                "```",
                                "<!-- not run: slow -->",
                                "```sh",
                                "ls",
                                "```"));
        assertThat(document.blocks().getFirst().hasCommands()).isFalse();
        assertThat(document.blocks().getLast().notRun()).isEqualTo("slow");
    }

    @ParameterizedTest
    @MethodSource("documents")
    @DisplayName("every link to a file leads to one")
    void links(UserDocument document) throws IOException {
        Matcher link = LINK.matcher(Files.readString(document.file()));
        while (link.find()) {
            if (!link.group(1).contains(":")) {
                assertThat(document.file().resolveSibling(link.group(1))).exists();
            }
        }
    }

    @ParameterizedTest
    @MethodSource("documents")
    @DisplayName("every key of an example is described in docs/configuration.md")
    void keysOfExamples(UserDocument document) throws IOException {
        for (Block block : document.blocks()) {
            if (block.isJson()) {
                JsonNode list = new ObjectMapper().readTree(block.text());
                list.path("plugins").forEach(plugin -> assertDescribed(plugin, block));
            }
        }
    }

    private static void assertDescribed(JsonNode plugin, Block block) {
        Set<String> known = DocumentedKeys.names(plugin.path("type").asText());
        if (plugin.has("ipam")) {
            known.addAll(DocumentedKeys.names(plugin.at("/ipam/type").asText()));
        }
        assertThat(known).as("%s, %s", block, plugin.path("type")).containsAll(keys(plugin));
    }

    /** All keys below, but the names of sysctls. */
    private static Set<String> keys(JsonNode node) {
        Set<String> keys = new TreeSet<>();
        node.forEach(each -> keys.addAll(keys(each)));
        for (Map.Entry<String, JsonNode> each : node.properties()) {
            keys.add(each.getKey());
            if (each.getKey().equals("sysctl")) {
                keys.removeAll(keys(each.getValue()));
            }
        }
        return keys;
    }

    @ParameterizedTest
    @FieldSource("PLUGINS")
    @DisplayName("every key that a plugin's code reads is described")
    void keysThatAreRead(String plugin) throws IOException {
        assertThat(DocumentedKeys.names(plugin)).containsAll(read(plugin));
    }

    private static Set<String> read(String plugin) throws IOException {
        Path checkout = Path.of("../..");
        Path folder = checkout.resolve("plugins").resolve(plugin);
        if (!Files.exists(folder)) {
            folder = checkout.resolve("ipam").resolve(plugin);
        }
        Set<String> keys = new TreeSet<>();
        for (String source : sources(folder.resolve("src/main/java"))) {
            // Others read the ledger's facts in the same words.
            Matcher read = READ.matcher(source.contains("ConfigObject") ? source : "");
            while (read.find()) {
                String word = read.group(1);
                String literal = word.startsWith("\"") ? word : constant(word, source);
                if (!literal.isEmpty()) {
                    keys.add(literal.replace("\"", ""));
                }
            }
        }
        return keys;
    }

    private static String constant(String name, String source) {
        Matcher value =
                Pattern.compile("String " + name + "\\s*=\\s*(\"[\\w.]+\")").matcher(source);
        return value.find() ? value.group(1) : "";
    }

    private static List<String> sources(Path folder) throws IOException {
        List<String> sources = new ArrayList<>();
        try (Stream<Path> files = Files.walk(folder)) {
            for (Path each : files.filter(file -> file.toString().endsWith(".java")).toList()) {
                sources.add(Files.readString(each));
            }
        }
        return sources;
    }
}
