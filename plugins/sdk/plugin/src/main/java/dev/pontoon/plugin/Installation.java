package dev.pontoon.plugin;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The plugins of one installed Pontoon, and the executable that stands for all of them. A delegate
 * that is this very executable is called in process instead of being run.
 */
public final class Installation {
    /** Nothing is installed together: every delegate is run as a program. */
    public static final Installation NONE = new Installation(null, List.of());

    private final @Nullable Path executable;
    private final List<Plugin> plugins;

    private Installation(@Nullable Path executable, List<Plugin> plugins) {
        this.executable = executable;
        this.plugins = plugins;
    }

    /** Plugins behind one executable, given with all links resolved. */
    public static Installation of(Path executable, List<Plugin> plugins) {
        return new Installation(executable, List.copyOf(plugins));
    }

    /** The plugin of that name. */
    public Optional<Plugin> find(String name) {
        for (Plugin plugin : plugins) {
            if (plugin.name().equals(name)) {
                return Optional.of(plugin);
            }
        }
        return Optional.empty();
    }

    /** All plugins. */
    public List<Plugin> plugins() {
        return plugins;
    }

    /** Whether the file is this installation's executable, under whatever name. */
    boolean isExecutable(Path file) {
        if (executable == null) {
            return false;
        }
        try {
            return Files.isSameFile(executable, file);
        } catch (IOException e) {
            return false;
        }
    }
}
