package dev.pontoon.doctor;

import dev.pontoon.linux.KernelException;
import dev.pontoon.node.Plugins;
import dev.pontoon.plugin.Call;
import dev.pontoon.plugin.Installation;
import dev.pontoon.plugin.Log;
import dev.pontoon.plugin.Plugin;
import dev.pontoon.plugin.StopSignal;
import dev.pontoon.protocol.CniException;
import dev.pontoon.protocol.CniVersion;
import dev.pontoon.protocol.Environment;
import dev.pontoon.protocol.NetworkConfig;
import dev.pontoon.protocol.Request;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What Pontoon's plugins themselves answer to STATUS: whatever of a configuration they refuse, and
 * whatever no other check knows.
 */
final class ReadinessCheck implements Check {
    @Override
    public String name() {
        return "readiness";
    }

    @Override
    public String subject() {
        return "what the plugins answer to STATUS";
    }

    @Override
    public List<Finding> look(Node node) {
        Installation installation = Plugins.installation();
        List<Finding> findings = new ArrayList<>();
        for (Network network : node.networks()) {
            for (NetworkConfig config : network.configs()) {
                installation
                        .find(Network.type(config.object()))
                        .flatMap(plugin -> ask(node, network, config, plugin, installation))
                        .ifPresent(findings::add);
            }
        }
        return findings;
    }

    private static Optional<Finding> ask(
            Node node,
            Network network,
            NetworkConfig config,
            Plugin plugin,
            Installation installation) {
        try {
            // An older one's IPAM plugin may not know the question.
            if (config.version().atLeast(CniVersion.V1_1_0)) {
                Log log = new Log(plugin.name(), System.err);
                plugin.status(
                        new Request.Status(config, environment(node)),
                        new Call(installation, new StopSignal(), log));
            }
            return Optional.empty();
        } catch (CniException e) {
            return Optional.of(finding(network, plugin, e.text(), e.details()));
        } catch (KernelException e) {
            return Optional.of(finding(network, plugin, String.valueOf(e.getMessage()), ""));
        }
    }

    private static Environment environment(Node node) {
        Map<String, String> variables = new HashMap<>(System.getenv());
        variables.put("CNI_PATH", node.binDir().toString());
        return Environment.ofOperator(variables);
    }

    private static Finding finding(Network network, Plugin plugin, String message, String details) {
        return new Finding(
                Severity.BROKEN,
                "plugin " + plugin.name() + " in " + network.file(),
                "says: " + message,
                "the next container in network \"" + network.name() + "\" is refused, or cut off",
                Mend.byHand(details.isEmpty() ? "see what the message names" : details));
    }
}
