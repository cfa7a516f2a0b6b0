package dev.pontoon.operator;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.pontoon.node.ServiceClient;
import dev.pontoon.plugin.StopSignal;
import dev.pontoon.protocol.CniException;
import dev.pontoon.runtime.Documents;
import dev.pontoon.runtime.NetworkFolder;
import dev.pontoon.runtime.NetworkList;
import java.io.IOException;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code pontoon status}. */
@Command(
        name = "status",
        description = {
            "Tells how this node is: service, build, networks, attachments, addresses used and free, and what needs"
                    + " somebody's attention, with the command for it.",
            "With NETWORK it asks the plugins of that network, by STATUS, whether they would serve an ADD, as cnitool"
                    + " does."
        },
        exitCodeListHeading = "%nExit status:%n",
        exitCodeList = {"0:no problem, or ready", "1:a problem, or not ready", "2:wrong usage"})
final class StatusCommand implements Callable<Integer> {
    @Parameters(
            index = "0",
            arity = "0..1",
            paramLabel = "NETWORK",
            description = "The network whose plugins are asked.")
    private @Nullable String network;

    @Parameters(
            index = "1",
            arity = "0..1",
            paramLabel = "NETNS",
            description = "Of no use; cnitool wants one, so scripts give one.")
    private @Nullable String netns;

    @Mixin private final NetworkOptions networks = new NetworkOptions();
    @Mixin private final RunDirOption runDir = new RunDirOption();
    @Mixin private final JsonOption json = new JsonOption();

    @SuppressWarnings("NullAway.Init") // picocli's to set
    @Spec
    private CommandSpec spec;

    @Override
    public Integer call() throws IOException {
        return network == null ? tellNode() : ask(network);
    }

    private int ask(String name) {
        NetworkList list = networks.folder().require(name);
        boolean asked = networks.chain(list, new StopSignal(), System.err).status();
        PrintWriter out = spec.commandLine().getOut();
        if (json.wanted()) {
            out.println(
                    Documents.pretty(
                            Documents.object()
                                    .put("network", name)
                                    .put("outcome", asked ? "ready" : "not asked")));
        } else if (asked) {
            out.println(name + " is ready: an ADD would be served");
        } else {
            out.println(
                    name
                            + " was not asked: its cniVersion \""
                            + list.version()
                            + "\" has no STATUS, 1.1.0 has");
        }
        return 0;
    }

    private int tellNode() throws IOException {
        Optional<ServiceClient.Status> service = ServiceClient.status();
        List<Problem> problems = new ArrayList<>();
        addService(service, problems);
        List<NetworkState> states = states(problems);
        for (NetworkState each : states) {
            problems.addAll(each.problems());
        }
        PrintWriter out = spec.commandLine().getOut();
        if (json.wanted()) {
            out.println(Documents.pretty(document(service, states, problems)));
        } else {
            tell(service, states, problems, out);
        }
        return problems.isEmpty() ? 0 : Reporting.FAILED;
    }

    private static String build() {
        return System.getProperty("pontoon.build", "");
    }

    private static void addService(Optional<ServiceClient.Status> service, List<Problem> problems) {
        if (service.isPresent() && !service.get().build().equals(build())) {
            problems.add(
                    new Problem(
                            "the service is of build "
                                    + service.get().build()
                                    + " and serves none of this build's calls",
                            "pontoon service start"));
        }
    }

    private List<NetworkState> states(List<Problem> problems) {
        Map<String, NetworkList> lists = new TreeMap<>();
        for (NetworkFolder.Found found : networks.folder().all()) {
            NetworkList list = found.list();
            CniException failure = found.failure();
            if (list != null) {
                lists.putIfAbsent(list.name(), list);
            } else if (failure != null) {
                problems.add(
                        new Problem(
                                failure.text(),
                                "correct "
                                        + found.file()
                                        + ": runtimes get no further than to it"));
            }
        }
        Map<String, List<Seen>> seen = new TreeMap<>();
        KnownAttachments known = new KnownAttachments(runDir.ledger(), NetworkOptions.results());
        for (Seen each : Seen.all(known.all())) {
            String name = each.known().attachment().network();
            seen.computeIfAbsent(name, _ -> new ArrayList<>()).add(each);
        }
        List<NetworkState> states = new ArrayList<>();
        lists.forEach((name, list) ->
                states.add(NetworkState.of(name, list, seen.getOrDefault(name, List.of()))));
        seen.forEach((name, attached) -> {
            if (!lists.containsKey(name)) {
                states.add(NetworkState.of(name, builtIn(attached), attached));
            }
        });
        return states;
    }

    /** A runtime's network of its own, such as containerd's cni-loopback, has no file anywhere. */
    private static @Nullable NetworkList builtIn(List<Seen> attached) {
        for (Seen each : attached) {
            if (each.known().kept() != null && !each.known().kept().config().isEmpty()) {
                try {
                    return each.known().kept().list();
                } catch (CniException e) {
                    return null;
                }
            }
        }
        return null;
    }

    private void tell(
            Optional<ServiceClient.Status> service,
            List<NetworkState> states,
            List<Problem> problems,
            PrintWriter out) {
        out.println(
                "service    "
                        + (service.isPresent()
                                ? "runs: " + service.get().summary()
                                : "none runs; every call starts a JVM of its own"
                                        + " (pontoon service start)"));
        out.println("build      " + build());
        for (NetworkState each : states) {
            out.print(each.text());
        }
        if (states.isEmpty()) {
            out.println(
                    "network    none in " + networks.folderPath() + ", and none is attached to");
        }
        for (Problem each : problems) {
            out.println("problem    " + each.text());
            out.println("  next:    " + each.next());
        }
        if (problems.isEmpty()) {
            out.println("no problems; pontoon list and pontoon show tell who is attached");
        }
    }

    private ObjectNode document(
            Optional<ServiceClient.Status> service,
            List<NetworkState> states,
            List<Problem> problems) {
        ObjectNode document = Documents.object().put("build", build());
        ObjectNode running = document.putObject("service").put("running", service.isPresent());
        if (service.isPresent()) {
            running.put("pid", service.get().pid()).put("build", service.get().build());
        }
        ArrayNode all = document.putArray("networks");
        for (NetworkState each : states) {
            all.add(each.toJson());
        }
        ArrayNode found = document.putArray("problems");
        for (Problem each : problems) {
            found.addObject().put("problem", each.text()).put("next", each.next());
        }
        return document;
    }
}
