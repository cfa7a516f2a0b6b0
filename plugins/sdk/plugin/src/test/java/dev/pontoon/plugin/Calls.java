package dev.pontoon.plugin;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.pontoon.protocol.Environment;
import dev.pontoon.protocol.NetworkConfig;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.util.HashMap;
import java.util.Map;

/** What surrounds a call in these tests: variables, a stop signal, a log that can be read. */
final class Calls {
    final ByteArrayOutputStream stderr = new ByteArrayOutputStream();
    final StopSignal stop = new StopSignal();
    final Call call = new Call(Installation.NONE, stop, log("fake"));

    private Log log(String name) {
        return new Log(name, new PrintStream(stderr, true, UTF_8));
    }

    Call with(Installation installation) {
        return new Call(installation, stop, log("fake"));
    }

    String logged() {
        return stderr.toString(UTF_8);
    }

    static Map<String, String> variables(String command) {
        Map<String, String> variables = new HashMap<>();
        variables.put("CNI_COMMAND", command);
        variables.put("CNI_CONTAINERID", "c1");
        variables.put("CNI_NETNS", "/run/netns/x");
        variables.put("CNI_IFNAME", "eth0");
        variables.put("CNI_PATH", "/nowhere");
        return variables;
    }

    static Environment environment(String command, Map<String, String> more) {
        Map<String, String> variables = variables(command);
        variables.putAll(more);
        return Environment.read(variables);
    }

    static NetworkConfig config(String keys) {
        String json = "{\"cniVersion\":\"1.1.0\",\"name\":\"net\"" + keys + "}";
        return NetworkConfig.read(json.getBytes(UTF_8));
    }
}
