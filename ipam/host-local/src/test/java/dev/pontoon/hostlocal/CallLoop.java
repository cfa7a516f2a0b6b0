package dev.pontoon.hostlocal;

import dev.pontoon.plugin.Answer;
import dev.pontoon.plugin.Call;
import dev.pontoon.plugin.Installation;
import dev.pontoon.plugin.Log;
import dev.pontoon.plugin.PluginMain;
import dev.pontoon.plugin.StopSignal;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;

/**
 * A program that calls the plugin once for each id, in one process, and prints each call's document
 * on one line.
 */
final class CallLoop {
    private CallLoop() {}

    /**
     * Arguments: CNI_COMMAND, the file with the configuration, and the ids; {@code PREFIX*} stands
     * for ids without end.
     */
    public static void main(String[] arguments) throws IOException {
        byte[] conf = Files.readAllBytes(Path.of(arguments[1]));
        for (int i = 2; i < arguments.length; i++) {
            String id = arguments[i];
            if (!id.endsWith("*")) {
                call(arguments[0], conf, id);
                continue;
            }
            for (int number = 0; ; number++) {
                call(arguments[0], conf, id.substring(0, id.length() - 1) + number);
            }
        }
    }

    private static void call(String command, byte[] conf, String id) {
        Map<String, String> variables =
                Map.of(
                        "CNI_COMMAND",
                        command,
                        "CNI_CONTAINERID",
                        id,
                        "CNI_NETNS",
                        "/run/netns/" + id,
                        "CNI_IFNAME",
                        "eth0",
                        "CNI_PATH",
                        "/usr/lib/cni");
        Call call =
                new Call(Installation.NONE, new StopSignal(), new Log("host-local", System.err));
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        PluginMain.run(
                new HostLocalPlugin(),
                call,
                variables,
                new ByteArrayInputStream(conf),
                Answer.to(out));
        String document = out.toString(StandardCharsets.UTF_8).strip();
        System.out.println(document.isEmpty() ? "ok" : document);
    }
}
