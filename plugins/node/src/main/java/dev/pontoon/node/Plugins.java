package dev.pontoon.node;

import dev.pontoon.plugin.Installation;
import dev.pontoon.plugin.Plugin;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.ServiceLoader;

/** The plugins of this Pontoon. */
final class Plugins {
    private Plugins() {}

    static List<Plugin> all() {
        List<Plugin> plugins = new ArrayList<>();
        for (Plugin plugin : ServiceLoader.load(Plugin.class)) {
            plugins.add(plugin);
        }
        return plugins;
    }

    /** All of them behind the launcher that started this process. */
    static Installation installation() {
        return Installation.of(Path.of(System.getProperty("pontoon.launcher", "/")), all());
    }
}
