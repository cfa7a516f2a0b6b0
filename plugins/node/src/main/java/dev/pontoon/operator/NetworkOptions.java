package dev.pontoon.operator;

import dev.pontoon.plugin.Log;
import dev.pontoon.plugin.StopSignal;
import dev.pontoon.runtime.NetworkFolder;
import dev.pontoon.runtime.NetworkList;
import dev.pontoon.runtime.PluginChain;
import dev.pontoon.runtime.PluginRunner;
import dev.pontoon.runtime.ResultCache;
import java.io.OutputStream;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Where networks and plugins are; the variables are those of cnitool. */
final class NetworkOptions {
    /** For a caller that has no PATH, such as an OCI runtime's hook: some plugins run iptables. */
    private static final String PATH =
            "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

    @Option(
            names = "--conf-dir",
            paramLabel = "DIR",
            description =
                    "The folder of the networks; else NETCONFPATH, else "
                            + NetworkFolder.STANDARD
                            + ".")
    private @Nullable String confDir;

    @Option(
            names = "--cni-path",
            paramLabel = "DIRS",
            description =
                    "The folders of the plugins, separated by colons; else CNI_PATH, else "
                            + PluginRunner.STANDARD_PATH
                            + ".")
    private @Nullable String cniPath;

    /** An option, else a variable, else what is usual; empty texts do not count. */
    static String chosen(@Nullable String option, String variable, String usual) {
        String given = option == null ? System.getenv(variable) : option;
        return given == null || given.isEmpty() ? usual : given;
    }

    NetworkFolder folder() {
        return new NetworkFolder(folderPath());
    }

    Path folderPath() {
        return Path.of(chosen(confDir, "NETCONFPATH", NetworkFolder.STANDARD)).toAbsolutePath();
    }

    static ResultCache results() {
        return new ResultCache(ResultCache.STANDARD);
    }

    PluginChain chain(NetworkList list, StopSignal stop, OutputStream errors) {
        Map<String, String> own = new HashMap<>(System.getenv());
        own.putIfAbsent("PATH", PATH);
        String path = chosen(cniPath, "CNI_PATH", PluginRunner.STANDARD_PATH);
        Log log = new Log("pontoon", errors);
        return new PluginChain(list, new PluginRunner(path, own, stop, log), results());
    }
}
