package dev.pontoon.conformance.subject;

import java.nio.file.Files;
import java.nio.file.Path;

/**
 * A plugin that is judged: an executable and what the harness knows of its type.
 *
 * @param folder absolute; its executables are the plugin itself and the delegates it may call
 * @param profile what is known of the type
 */
public record Subject(Path folder, Profile profile) {

    /** The executable's name, {@code type} in a configuration. */
    public String type() {
        return profile.type();
    }

    /** What reports call it. */
    public String name() {
        return type();
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
