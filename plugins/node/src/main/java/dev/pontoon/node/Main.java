package dev.pontoon.node;

import dev.pontoon.plugin.Answer;
import dev.pontoon.plugin.Call;
import dev.pontoon.plugin.Installation;
import dev.pontoon.plugin.Log;
import dev.pontoon.plugin.Plugin;
import dev.pontoon.plugin.PluginMain;
import dev.pontoon.plugin.StopSignal;
import dev.pontoon.protocol.CniException;
import dev.pontoon.protocol.ErrorCode;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * One call of one plugin in a process of its own, started by the launcher with the plugin's name as
 * the only argument.
 *
 * <p>The exit status is a word between Java and launcher: 0 the call succeeded, 10 it failed and
 * its error document has been printed. Any other end means that nothing was printed, and the
 * launcher prints an error.
 */
public final class Main {
    private static final int SUCCEEDED = 0;
    private static final int ERROR_PRINTED = 10;

    private Main() {}

    /**
     * Serves the call and ends the process; {@code --list} prints the names of all plugins instead.
     */
    public static void main(String[] args) {
        String name = args.length == 1 ? args[0] : "";
        StopSignal stop = new StopSignal();
        StopSignals.reach(stop);
        boolean succeeded;
        if (name.equals("--list")) {
            list();
            succeeded = true;
        } else {
            succeeded = serve(name, stop);
        }
        // Not exit(): it looks for a logger and for hooks, and there are none.
        Runtime.getRuntime().halt(succeeded ? SUCCEEDED : ERROR_PRINTED);
    }

    private static boolean serve(String name, StopSignal stop) {
        Log log = new Log(name, System.err);
        Answer answer = Answer.to(new StandardOutput(stop));
        try {
            Installation installation = Plugins.installation();
            Plugin plugin = installation.find(name).orElseThrow(() -> unknown(name, installation));
            Call call = new Call(installation, stop, log);
            return PluginMain.run(plugin, call, variables(), new StandardInput(stop), answer);
        } catch (CniException e) {
            return printed(e, answer, log);
        }
    }

    private static boolean printed(CniException failure, Answer answer, Log log) {
        try {
            answer.give(failure.toJson("") + "\n", false);
        } catch (IOException e) {
            log.line(failure.text() + " (and the error could not be printed: " + e + ")");
        }
        return false;
    }

    private static void list() {
        for (Plugin plugin : Plugins.all()) {
            System.out.println(plugin.name());
        }
        System.out.flush();
    }

    private static CniException unknown(String name, Installation installation) {
        List<String> names = new ArrayList<>();
        for (Plugin plugin : installation.plugins()) {
            names.add(plugin.name());
        }
        return new CniException(
                ErrorCode.PROGRAM_FAILED,
                "Pontoon has no plugin named \"" + name + "\"",
                "it has " + String.join(", ", names));
    }

    /**
     * The runtime's own variables: the launcher changes one, LC_ALL, so that names decode as UTF-8,
     * and tells here what it was.
     */
    private static Map<String, String> variables() {
        Map<String, String> variables = new HashMap<>(System.getenv());
        String locale = System.getProperty("pontoon.lc_all");
        if (locale == null) {
            variables.remove("LC_ALL");
        } else {
            variables.put("LC_ALL", locale);
        }
        return variables;
    }
}
