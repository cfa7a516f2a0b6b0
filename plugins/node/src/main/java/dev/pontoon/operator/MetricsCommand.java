package dev.pontoon.operator;

import dev.pontoon.node.ServiceClient;
import java.io.IOException;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** {@code pontoon metrics}: what the resident service has counted. */
@Command(
        name = "metrics",
        description = {
            "Prints what the resident service has counted since it started, in the text format of Prometheus: calls"
                    + " and how long they took by plugin and verb, errors by code, calls that it did not take.",
            "For node_exporter, write it into the folder of its textfile collector:",
            "  pontoon metrics >/var/lib/node_exporter/pontoon.prom.new &&",
            "  mv /var/lib/node_exporter/pontoon.prom.new /var/lib/node_exporter/pontoon.prom"
        },
        exitCodeListHeading = "%nExit status:%n",
        exitCodeList = {"0:printed", "3:no service runs"})
final class MetricsCommand implements Callable<Integer> {
    private static final int NOT_RUNNING = 3;

    @SuppressWarnings("NullAway.Init") // picocli's to set
    @Spec
    private CommandSpec spec;

    @Override
    public Integer call() throws IOException {
        Optional<String> metrics = ServiceClient.metrics();
        if (metrics.isEmpty()) {
            spec.commandLine()
                    .getErr()
                    .println("pontoon: no service runs; next: pontoon service start");
            return NOT_RUNNING;
        }
        spec.commandLine().getOut().print(metrics.get());
        return 0;
    }
}
