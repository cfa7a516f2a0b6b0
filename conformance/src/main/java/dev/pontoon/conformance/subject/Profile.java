package dev.pontoon.conformance.subject;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * What the harness knows of one type of plugin.
 *
 * <p>As JSON: {@code type}; {@code is} (list of traits); {@code can} (trait to the keys that switch
 * it on); {@code config} (the smallest that works, without name, type and version); {@code invalid}
 * (list of {@code {"config": keys that make it invalid, "because": why}}); {@code permanent}
 * (regular expressions for names of snapshot things that may stay after the last DEL, because the
 * plugin's documentation says so or every container shares them); {@code host} (shell commands that
 * give the host what the plugin finds there, such as the link it builds on; where one fails the
 * type is skipped).
 */
public final class Profile {

    private static final ObjectMapper JSON = new ObjectMapper();

    private final String type;
    private final Set<Trait> traits = EnumSet.noneOf(Trait.class);
    private final Map<Trait, ObjectNode> switches = new EnumMap<>(Trait.class);
    private final ObjectNode config;
    private final List<Invalid> invalid = new ArrayList<>();
    private final List<Pattern> permanent = new ArrayList<>();
    private final List<String> host = new ArrayList<>();

    /**
     * Keys that make a configuration invalid.
     *
     * @param config to be merged into a valid configuration
     * @param because why no plugin of this type could work with it
     */
    public record Invalid(ObjectNode config, String because) {}

    private Profile(JsonNode json) {
        type = json.path("type").asText();
        config =
                json.path("config").isObject()
                        ? json.path("config").deepCopy()
                        : JSON.createObjectNode();
        json.path("is").forEach(trait -> traits.add(Trait.of(trait.asText())));
        json.path("can")
                .properties()
                .forEach(entry -> {
                    Trait trait = Trait.of(entry.getKey());
                    traits.add(trait);
                    switches.put(trait, entry.getValue().deepCopy());
                });
        json.path("invalid")
                .forEach(one ->
                        invalid.add(
                                new Invalid(
                                        one.path("config").deepCopy(),
                                        one.path("because").asText())));
        json.path("host").forEach(command -> host.add(command.asText()));
        json.path("permanent").forEach(regex -> permanent.add(Pattern.compile(regex.asText())));
    }

    /**
     * The profile of a well-known type; empty when the harness knows none of that name.
     *
     * @throws IllegalStateException when the harness's own file is broken
     */
    public static Optional<Profile> known(String type) {
        if (!type.matches("[a-z0-9-]+")) {
            return Optional.empty();
        }
        try (InputStream stream = Profile.class.getResourceAsStream(type + ".json")) {
            return stream == null
                    ? Optional.empty()
                    : Optional.of(new Profile(JSON.readTree(stream)));
        } catch (IOException e) {
            throw new IllegalStateException("read the profile of " + type, e);
        }
    }

    /** A profile written by a user. */
    public static Profile of(JsonNode json) {
        return new Profile(json);
    }

    public String type() {
        return type;
    }

    public Set<Trait> traits() {
        return Set.copyOf(traits);
    }

    /** A copy of the smallest configuration, without name, type and version. */
    public ObjectNode config() {
        return config.deepCopy();
    }

    /** A copy of the keys that switch a trait on; empty when the plugin is so without any. */
    public ObjectNode switchFor(Trait trait) {
        ObjectNode found = switches.get(trait);
        return found == null ? JSON.createObjectNode() : found.deepCopy();
    }

    public List<Invalid> invalid() {
        return List.copyOf(invalid);
    }

    /** Shell commands that give a host what the plugin finds there. */
    public List<String> host() {
        return List.copyOf(host);
    }

    /** The regular expressions for what may stay after the last DEL. */
    public List<String> permanent() {
        return permanent.stream().map(Pattern::pattern).toList();
    }

    /** Whether a thing of a snapshot may stay after the last DEL. */
    public boolean isPermanent(String thing) {
        return permanent.stream().anyMatch(pattern -> pattern.matcher(thing).find());
    }
}
