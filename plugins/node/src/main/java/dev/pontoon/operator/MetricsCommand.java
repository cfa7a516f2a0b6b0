package dev.pontoon.operator;

import dev.pontoon.hostlocal.AddressUse;
import dev.pontoon.node.ServiceClient;
import dev.pontoon.runtime.NetworkFolder;
import dev.pontoon.runtime.NetworkList;
import java.io.IOException;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** {@code pontoon metrics}: what the resident service has counted. */
@Command(
        name = "metrics",
        description = {
            "Prints what the resident service has counted since it started, in the text format of Prometheus: calls"
                    + " and how long they took by plugin and verb, errors by code, calls that it did not take; and how"
                    + " many addresses the networks' ranges have and have given out.",
            "For node_exporter, write it into the folder of its textfile collector:",
            "  pontoon metrics >/var/lib/node_exporter/pontoon.prom.new &&",
            "  mv /var/lib/node_exporter/pontoon.prom.new /var/lib/node_exporter/pontoon.prom"
        },
        exitCodeListHeading = "%nExit status:%n",
        exitCodeList = {"0:printed", "3:no service runs"})
final class MetricsCommand implements Callable<Integer> {
    private static final int NOT_RUNNING = 3;

    @Mixin private final NetworkOptions networks = new NetworkOptions();

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
        spec.commandLine().getOut().print(metrics.get() + addresses());
        return 0;
    }

    /** Of two lists of one name the first counts, as for runtimes. */
    private String addresses() {
        StringBuilder size =
                new StringBuilder(
                        """
                        # HELP pontoon_addresses How many addresses a range can give out.
                        # TYPE pontoon_addresses gauge
                        """);
        StringBuilder used =
                new StringBuilder(
                        """
                        # HELP pontoon_addresses_used How many of them are given out.
                        # TYPE pontoon_addresses_used gauge
                        """);
        Set<String> names = new HashSet<>();
        for (NetworkFolder.Found found : networks.folder().all()) {
            NetworkList list = found.list();
            if (list != null && names.add(list.name())) {
                for (AddressUse range : NetworkState.of(list.name(), list, List.of()).ranges()) {
                    String labels = labels(list.name(), range);
                    size.append("pontoon_addresses").append(labels);
                    size.append(range.size()).append('\n');
                    used.append("pontoon_addresses_used").append(labels);
                    used.append(range.leases().size()).append('\n');
                }
            }
        }
        return size.append(used).toString();
    }

    /** Neither has a character that would have to be escaped, if its list can be used at all. */
    private static String labels(String network, AddressUse range) {
        return "{network=\"" + network + "\",range=\"" + range.ranges() + "\"} ";
    }
}
