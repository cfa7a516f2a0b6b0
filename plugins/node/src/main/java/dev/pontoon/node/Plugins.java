package dev.pontoon.node;

import dev.pontoon.plugin.Installation;
import dev.pontoon.plugin.Plugin;
import java.io.FileInputStream;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.ServiceLoader;

/**
 * The plugins of this Pontoon, as {@link ServiceLoader} finds them. It opens the jar to read one
 * small file, several milliseconds of a cold start; scripts/package lays a copy of that file beside
 * the jar, {@code lib/plugins}.
 */
public final class Plugins {
    private Plugins() {}

    static List<Plugin> all() {
        List<Plugin> plugins = new ArrayList<>();
        String file = System.getProperty("pontoon.home", "") + "/lib/plugins";
        try (InputStream in = new FileInputStream(file)) {
            String names = new String(in.readAllBytes(), StandardCharsets.UTF_8);
            for (String name : names.split("\n")) {
                plugins.add((Plugin) Class.forName(name).getDeclaredConstructor().newInstance());
            }
        } catch (FileNotFoundException e) {
            // Not packaged, as in a test.
            for (Plugin plugin : ServiceLoader.load(Plugin.class)) {
                plugins.add(plugin);
            }
        } catch (IOException | ReflectiveOperationException e) {
            throw new IllegalStateException("load the plugins in " + file + ": " + e, e);
        }
        return plugins;
    }

    /** All of them behind the launcher that started this process. */
    public static Installation installation() {
        return Installation.of(Path.of(System.getProperty("pontoon.launcher", "/")), all());
    }
}
