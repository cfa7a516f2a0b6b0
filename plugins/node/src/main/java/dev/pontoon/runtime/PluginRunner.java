package dev.pontoon.runtime;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.pontoon.plugin.Call;
import dev.pontoon.plugin.Installation;
import dev.pontoon.plugin.Log;
import dev.pontoon.plugin.PluginProgram;
import dev.pontoon.plugin.StopSignal;
import dev.pontoon.protocol.CniException;
import dev.pontoon.protocol.Command;
import dev.pontoon.protocol.Environment;
import dev.pontoon.protocol.ErrorCode;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Finds plugins in folders and runs them, with this process' variables and those of CNI. */
public final class PluginRunner {
    /** Where plugins are by default. */
    public static final String STANDARD_PATH = "/opt/cni/bin";

    private final String path;
    private final Map<String, String> own;
    private final StopSignal stop;
    private final Log log;

    /**
     * @param path CNI_PATH: folders separated by colons
     * @param own the variables that every plugin gets beside those of CNI
     * @param stop ends an ADD
     * @param log for what plugins say on standard error
     */
    public PluginRunner(String path, Map<String, String> own, StopSignal stop, Log log) {
        this.path = path;
        this.own = Map.copyOf(own);
        this.stop = stop;
        this.log = log;
    }

    /** Throws code 101 if somebody has asked for the end. */
    void checkStop() {
        stop.check();
    }

    void say(String line) {
        log.line(line);
    }

    /** The variables of a call. Throws code 4 if one of them is not what the spec asks for. */
    Map<String, String> variables(Command command, Target target) {
        Map<String, String> variables =
                variables(command, target.containerId(), target.ifname(), target.netns());
        variables.put("CNI_ARGS", target.args());
        return requireValid(variables);
    }

    /** The variables of a call that concerns no container; libcni passes the others empty. */
    Map<String, String> variablesWithoutTarget(Command command) {
        Map<String, String> variables = variables(command, "", "", "");
        variables.put("CNI_ARGS", "");
        return requireValid(variables);
    }

    private Map<String, String> variables(
            Command command, String containerId, String ifname, String netns) {
        Map<String, String> variables = new HashMap<>(own);
        variables.put("CNI_COMMAND", command.name());
        variables.put("CNI_CONTAINERID", containerId);
        variables.put("CNI_IFNAME", ifname);
        variables.put("CNI_NETNS", netns);
        variables.put("CNI_PATH", path);
        return variables;
    }

    private static Map<String, String> requireValid(Map<String, String> variables) {
        Environment.read(variables);
        return variables;
    }

    /** Runs one plugin. Throws its own error, or code 105 if it gave none. */
    byte[] run(String type, Command command, ObjectNode config, Map<String, String> variables) {
        Call call = new Call(Installation.NONE, stop, log.of(type));
        return new PluginProgram(type, find(type), call)
                .run(command, Documents.bytes(config), variables);
    }

    private Path find(String type) {
        if (!PluginProgram.isName(type)) {
            throw new CniException(
                    ErrorCode.INVALID_CONFIG,
                    "type \"" + type + "\" must be the name of a file in CNI_PATH, not a path");
        }
        return PluginProgram.find(type, List.of(path.split(":")))
                .orElseThrow(() ->
                        new CniException(
                                ErrorCode.PROGRAM_FAILED,
                                "no plugin \"" + type + "\" in CNI_PATH " + path,
                                "install it there, or name its folder with --cni-path"));
    }
}
