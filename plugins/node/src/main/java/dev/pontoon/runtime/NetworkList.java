package dev.pontoon.runtime;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.pontoon.protocol.CniException;
import dev.pontoon.protocol.ErrorCode;
import dev.pontoon.protocol.NetworkConfig;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * A network's configuration as a runtime has it: a list of plugins under one name (spec section 1).
 *
 * @param source the file it was read from, for messages
 * @param name the network's name; empty if a file of the older format has none
 * @param version the version that all of its plugins are called with
 * @param disableCheck whether CHECK is not wanted
 * @param disableGc whether GC is not wanted
 * @param plugins in their order, at least one
 * @param document the list as it was read, which is kept with a result
 */
public record NetworkList(
        String source,
        String name,
        String version,
        boolean disableCheck,
        boolean disableGc,
        List<Plugin> plugins,
        String document) {
    /**
     * A plugin of the list.
     *
     * @param type the name of its program
     * @param config its keys as they stand in the list
     */
    public record Plugin(String type, ObjectNode config) {
        static Plugin of(ObjectNode config, String where) {
            String type = config.path("type").asText("");
            if (type.isEmpty()) {
                throw invalid(where, "a plugin has no \"type\"");
            }
            return new Plugin(type, config);
        }

        /** Whether it understands what a runtime has for that capability. */
        boolean isCapableOf(String capability) {
            return config.path("capabilities").path(capability).asBoolean(false);
        }
    }

    public NetworkList {
        plugins = List.copyOf(plugins);
    }

    /** Reads a list; {@code beside} are the plugins that stand in files of their own. */
    static NetworkList read(byte[] json, String source, BesideFiles beside) {
        ObjectNode list = Documents.readObject(json, source);
        String name = text(list, "name", source);
        if (!list.has("name")) {
            throw invalid(source, "the list has no \"name\"");
        }
        boolean inlinedOnly = flag(list, "loadOnlyInlinedPlugins", source);
        List<Plugin> plugins = new ArrayList<>(inlined(list, inlinedOnly, source));
        if (!inlinedOnly) {
            plugins.addAll(beside.of(name));
        }
        if (plugins.isEmpty()) {
            throw invalid(source, "the list has no plugins");
        }
        return new NetworkList(
                source,
                name,
                version(list, source),
                flag(list, "disableCheck", source),
                flag(list, "disableGC", source),
                plugins,
                list.toString());
    }

    /** The plugins of a network that stand in files of their own, in {@code FOLDER/NAME}. */
    interface BesideFiles {
        List<Plugin> of(String name);
    }

    /** A plugin's configuration by itself, the format of before CNI 1.0.0, as a list of one. */
    static NetworkList ofSingle(byte[] json, String source) {
        ObjectNode config = Documents.readObject(json, source);
        String name = text(config, "name", source);
        String version = text(config, "cniVersion", source);
        ObjectNode list = Documents.object().put("name", name).put("cniVersion", version);
        list.putArray("plugins").add(config);
        Plugin plugin = Plugin.of(config, source);
        return new NetworkList(
                source, name, version, false, false, List.of(plugin), list.toString());
    }

    private static List<Plugin> inlined(ObjectNode list, boolean inlinedOnly, String source) {
        JsonNode inlined = list.path("plugins");
        if (inlined.isMissingNode()) {
            if (inlinedOnly) {
                throw invalid(source, "loadOnlyInlinedPlugins is true, and there are no plugins");
            }
            return List.of();
        }
        if (!inlined.isArray() || inlined.isEmpty()) {
            throw invalid(source, "plugins must be a list of at least one");
        }
        List<Plugin> plugins = new ArrayList<>();
        for (JsonNode each : inlined) {
            if (!(each instanceof ObjectNode config)) {
                throw invalid(source, "a plugin must be an object, and one is " + each);
            }
            plugins.add(Plugin.of(config, source));
        }
        return plugins;
    }

    /** The newest version among those offered that is known here; see LIB-01 of libcni's rules. */
    private static String version(ObjectNode list, String source) {
        String single = text(list, "cniVersion", source);
        JsonNode several = list.path("cniVersions");
        if (several.isMissingNode()) {
            return single;
        }
        if (!several.isArray()) {
            throw invalid(source, "cniVersions must be a list");
        }
        List<String> offered = new ArrayList<>();
        for (JsonNode each : several) {
            if (!each.isTextual()) {
                throw invalid(source, "cniVersions must be texts, and one is " + each);
            }
            offered.add(each.textValue());
        }
        if (!single.isEmpty()) {
            offered.add(single);
        }
        return newest(offered, single);
    }

    private static String newest(List<String> offered, String otherwise) {
        String newest = otherwise;
        boolean found = false;
        for (String each : offered) {
            SpecVersion version = SpecVersion.read(each);
            boolean known = SpecVersion.NEWEST.atLeast(version);
            if (known && (!found || version.compareTo(SpecVersion.read(newest)) > 0)) {
                newest = each;
                found = true;
            }
        }
        return newest;
    }

    private static String text(ObjectNode object, String key, String source) {
        JsonNode value = object.path(key);
        if (value.isMissingNode()) {
            return "";
        }
        if (!value.isTextual()) {
            throw invalid(source, key + " must be a text, and is " + value);
        }
        return value.textValue();
    }

    /** A boolean, or its word: CNI 0.4.0 wanted a text there. */
    private static boolean flag(ObjectNode list, String key, String source) {
        JsonNode value = list.path(key);
        if (value.isMissingNode() || value.isBoolean()) {
            return value.asBoolean(false);
        }
        return switch (value.asText("").toLowerCase(Locale.ROOT)) {
            case "true" -> true;
            case "false" -> false;
            default -> throw invalid(source, key + " must be true or false, and is " + value);
        };
    }

    private static CniException invalid(String source, String why) {
        return new CniException(ErrorCode.INVALID_CONFIG, source + ": " + why);
    }

    /** Whether the version has CHECK, and hands the result over at DEL. */
    boolean hasCheck() {
        return SpecVersion.read(version).atLeast(SpecVersion.WITH_CHECK);
    }

    /** Whether the version has GC and STATUS. */
    public boolean hasGc() {
        return SpecVersion.read(version).atLeast(SpecVersion.WITH_GC);
    }

    /** What a plugin of the list gets on standard input, before a call adds anything. */
    public ObjectNode configOf(Plugin plugin) {
        ObjectNode config = plugin.config().deepCopy();
        config.put("name", name);
        config.put("cniVersion", version);
        return config;
    }

    /** The same, as our own plugins read it. Throws as they do for what they refuse. */
    public NetworkConfig networkConfigOf(Plugin plugin) {
        return NetworkConfig.read(Documents.bytes(configOf(plugin)));
    }

    static NetworkList cached(byte[] json, Path file) {
        return read(json, file.toString(), _ -> List.of());
    }
}
