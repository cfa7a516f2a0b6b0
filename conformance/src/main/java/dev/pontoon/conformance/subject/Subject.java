package dev.pontoon.conformance.subject;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.pontoon.conformance.spec.CniVersion;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * What is judged: one plugin with what the harness knows of its type, or a network from a file,
 * whose first plugin is called with whatever a case asks for and whose others follow as in a
 * runtime.
 *
 * @param folder absolute; the executables of the plugin itself and of the delegates it may call
 * @param profile what is known of the plugin, or of the network's first one
 * @param network the name in configurations
 * @param followers configurations of the plugins after the first, without name and version
 * @param version what the network's file asks for; empty for a plugin, which is asked for all it
 *     has
 */
public record Subject(
        Path folder,
        Profile profile,
        String network,
        List<ObjectNode> followers,
        Optional<CniVersion> version) {

    /**
     * Traits that a network from a file keeps: its configuration is not touched to get the others.
     */
    private static final Set<Trait> OF_NETWORKS =
            EnumSet.of(
                    Trait.INTERFACE, Trait.HOST_LINK, Trait.BRIDGE, Trait.LOOPBACK, Trait.CHAINED);

    public Subject {
        followers = List.copyOf(followers);
    }

    /** A plugin by itself. */
    public Subject(Path folder, Profile profile) {
        this(folder, profile, "conformance", List.of(), Optional.empty());
    }

    /**
     * A network as its conflist describes it.
     *
     * @throws IllegalArgumentException when it is no conflist, or of a version the harness does not
     *     know
     */
    public static Subject ofNetwork(Path folder, JsonNode conflist) {
        List<ObjectNode> plugins = new ArrayList<>();
        conflist.path("plugins")
                .forEach(plugin -> {
                    if (plugin instanceof ObjectNode object) {
                        plugins.add(object.deepCopy());
                    }
                });
        if (plugins.isEmpty() || conflist.path("name").asText().isEmpty()) {
            throw new IllegalArgumentException("a conflist has a `name` and a list of `plugins`");
        }
        return new Subject(
                folder,
                profileOf(plugins),
                conflist.path("name").asText(),
                plugins.subList(1, plugins.size()),
                Optional.of(CniVersion.of(conflist.path("cniVersion").asText("0.2.0"))));
    }

    /** The first plugin's configuration as it is; what any of them may leave behind. */
    private static Profile profileOf(List<ObjectNode> plugins) {
        ObjectNode first = plugins.getFirst();
        ObjectNode json = new ObjectMapper().createObjectNode();
        json.put("type", first.path("type").asText());
        json.set("config", first);
        Optional<Profile> known = Profile.known(first.path("type").asText());
        Set<Trait> traits = EnumSet.of(Trait.INTERFACE);
        known.ifPresent(profile -> traits.addAll(profile.traits()));
        traits.retainAll(OF_NETWORKS);
        traits.forEach(trait -> json.withArray("is").add(trait.toString()));
        for (ObjectNode plugin : plugins) {
            for (String type :
                    List.of(plugin.path("type").asText(), plugin.at("/ipam/type").asText())) {
                Profile.known(type)
                        .ifPresent(profile ->
                                permanentOf(profile, plugin)
                                        .forEach(json.withArray("permanent")::add));
            }
        }
        return Profile.of(json);
    }

    /** What may stay, under the names that this configuration gives: its bridge, its master. */
    private static List<String> permanentOf(Profile profile, ObjectNode plugin) {
        List<String> patterns = new ArrayList<>(profile.permanent());
        profile.config()
                .properties()
                .forEach(usual -> {
                    JsonNode own = plugin.path(usual.getKey());
                    if (usual.getValue().isTextual() && own.isTextual()) {
                        patterns.replaceAll(
                                text -> text.replace(usual.getValue().asText(), own.asText()));
                    }
                });
        return patterns;
    }

    /** The executable's name, {@code type} in a configuration. */
    public String type() {
        return profile.type();
    }

    /** What reports call it: the type, or the network's name. */
    public String name() {
        return version.isPresent() ? network : type();
    }

    /** The executable. */
    public Path executable() {
        return folder.resolve(type());
    }

    public boolean has(Trait trait) {
        return profile.traits().contains(trait);
    }

    /** Whether the folder has an executable of that name. */
    public boolean hasPlugin(String name) {
        return Files.isExecutable(folder.resolve(name));
    }
}
