package dev.pontoon.node;

import dev.pontoon.plugin.Answer;
import dev.pontoon.plugin.Call;
import dev.pontoon.plugin.Installation;
import dev.pontoon.plugin.Log;
import dev.pontoon.plugin.Plugin;
import dev.pontoon.plugin.PluginMain;
import dev.pontoon.plugin.StopSignal;
import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.Map;

/**
 * Has the JVM load what the first calls will need, by calls that change nothing: STATUS of a
 * network, which reads configuration, kernel and leases.
 */
final class WarmUp {
    private static final String NETWORK =
            "{\"cniVersion\":\"1.1.0\",\"name\":\"warm-up\",\"type\":\"bridge\",\"bridge\":\"cni0\","
                    + "\"isDefaultGateway\":true,\"ipMasq\":true,\"ipam\":{\"type\":\"host-local\","
                    + "\"ranges\":[[{\"subnet\":\"192.0.2.0/24\"}]]}}";

    private WarmUp() {}

    /** Makes the calls. What they answer is of no interest. */
    static void run(Installation installation) {
        for (Plugin plugin : installation.plugins()) {
            if (!plugin.isIpam()) {
                // Without CNI_PATH the IPAM plugin is the one that came along, and is asked as
                // well.
                call(installation, plugin, Map.of("CNI_COMMAND", "STATUS"));
            }
        }
    }

    private static void call(
            Installation installation, Plugin plugin, Map<String, String> variables) {
        PrintStream nowhere = new PrintStream(OutputStream.nullOutputStream(), true);
        InputStream config = new ByteArrayInputStream(NETWORK.getBytes(StandardCharsets.UTF_8));
        Call call = new Call(installation, new StopSignal(), new Log(plugin.name(), nowhere));
        PluginMain.run(plugin, call, variables, config, Answer.to(nowhere));
    }
}
