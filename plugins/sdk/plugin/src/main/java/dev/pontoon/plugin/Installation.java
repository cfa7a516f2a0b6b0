package dev.pontoon.plugin;

import dev.pontoon.linux.FileIdentity;
import dev.pontoon.linux.Inode;
import dev.pontoon.linux.KernelException;
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

    private final @Nullable FileIdentity executable;
    private final List<Plugin> plugins;

    private Installation(@Nullable FileIdentity executable, List<Plugin> plugins) {
        this.executable = executable;
        this.plugins = plugins;
    }

    /** Plugins behind one executable, which is the file that is there now. */
    public static Installation of(Path executable, List<Plugin> plugins) {
        return new Installation(identity(executable), List.copyOf(plugins));
    }

    private static @Nullable FileIdentity identity(Path file) {
        try {
            return Inode.identity(file);
        } catch (KernelException e) {
            return null;
        }
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
        return executable != null && executable.equals(identity(file));
    }
}
