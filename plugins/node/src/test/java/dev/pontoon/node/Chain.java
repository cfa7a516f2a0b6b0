package dev.pontoon.node;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.pontoon.testing.CniCall;
import dev.pontoon.testing.CniResult;
import dev.pontoon.testing.Conf;
import dev.pontoon.testing.Container;
import dev.pontoon.testing.Host;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A network of several plugins, called as libcni calls them: ADD and CHECK in order, DEL backwards,
 * each ending at the first failure; what a plugin declares in {@code capabilities} arrives in its
 * {@code runtimeConfig}.
 */
final class Chain {
    private final Host host;
    private final Path bin;
    private final JsonNode conflist;
    private final ObjectNode wishes;
    private final Container container;
    private @Nullable JsonNode result;

    /**
     * @param bin the folder of the plugins
     * @param wishes what the runtime has for this container, by capability
     */
    Chain(Host host, Path bin, JsonNode conflist, ObjectNode wishes, Container container) {
        this.host = host;
        this.bin = bin;
        this.conflist = conflist;
        this.wishes = wishes;
        this.container = container;
    }

    /** Attaches the container; fails the test unless every plugin succeeds. */
    JsonNode add() {
        result = null;
        for (JsonNode plugin : conflist.path("plugins")) {
            result = call(plugin).add().succeeded().json();
        }
        return result();
    }

    /** The last result of {@link #add}, which a runtime keeps. */
    JsonNode result() {
        if (result == null) {
            throw new IllegalStateException("not attached");
        }
        return result;
    }

    /** What each plugin answers to CHECK, up to the first failure. */
    List<CniResult> check() {
        List<CniResult> answers = new ArrayList<>();
        for (JsonNode plugin : conflist.path("plugins")) {
            answers.add(call(plugin).check());
            if (answers.getLast().exit() != 0) {
                break;
            }
        }
        return answers;
    }

    /** What each plugin answers to DEL, from the last one on, up to the first failure. */
    List<CniResult> del() {
        List<CniResult> answers = new ArrayList<>();
        for (int i = conflist.path("plugins").size() - 1; i >= 0; i--) {
            answers.add(call(conflist.path("plugins").path(i)).del());
            if (answers.getLast().exit() != 0) {
                break;
            }
        }
        return answers;
    }

    /** Detaches the container; fails the test unless every plugin succeeds. */
    void remove() {
        del().forEach(CniResult::succeeded);
        result = null;
    }

    /** A call of one plugin of the list, by its place in it. */
    CniCall call(int place) {
        return call(conflist.path("plugins").path(place));
    }

    private CniCall call(JsonNode plugin) {
        ObjectNode configuration = plugin.deepCopy();
        configuration.remove("capabilities");
        configuration.set("name", conflist.path("name"));
        configuration.set("cniVersion", conflist.path("cniVersion"));
        ObjectNode runtimeConfig = runtimeConfig(plugin);
        if (!runtimeConfig.isEmpty()) {
            configuration.set("runtimeConfig", runtimeConfig);
        }
        if (result != null) {
            configuration.set("prevResult", result);
        }
        return host.cni(bin, plugin.path("type").asText())
                .container(container)
                .stdin(configuration);
    }

    private ObjectNode runtimeConfig(JsonNode plugin) {
        ObjectNode granted = Conf.of("{}");
        for (var wish : wishes.properties()) {
            if (plugin.path("capabilities").path(wish.getKey()).asBoolean()) {
                granted.set(wish.getKey(), wish.getValue());
            }
        }
        return granted;
    }
}
