package dev.pontoon.conformance;

import dev.pontoon.conformance.cri.CriClient;
import dev.pontoon.conformance.cri.PortMapping;
import dev.pontoon.conformance.cri.Sandbox;
import dev.pontoon.conformance.cri.SandboxStatus;
import dev.pontoon.conformance.report.BadInput;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;

/** Makes and removes pods, for machines without crictl. */
@Command(
        name = "pods",
        mixinStandardHelpOptions = true,
        synopsisSubcommandLabel = "run|list|remove",
        description = {
            "Makes, lists and removes pods of a containerd, asking for them as kubelet does (CRI).",
            "A pod has a network and one process that sleeps. For trying plugins by hand where there is"
                    + " no crictl; no case of the harness needs it."
        },
        footer = {
            "",
            "Examples:",
            "  cni-conformance pods run web --port 8080:80",
            "  cni-conformance pods list",
            "  cni-conformance pods remove web"
        })
final class PodsCommand implements Runnable {

    private static final Pattern PORT = Pattern.compile("(\\d{1,5}):(\\d{1,5})");
    private static final int HIGHEST_PORT = 65535;

    @CommandLine.Spec private CommandLine.Model.@Nullable CommandSpec spec;

    @Option(
            names = "--socket",
            scope = CommandLine.ScopeType.INHERIT,
            paramLabel = "FILE",
            description = "Where containerd listens; default ${DEFAULT-VALUE}.")
    private Path socket = Path.of("/run/containerd/containerd.sock");

    private CommandLine commandLine() {
        return Objects.requireNonNull(spec).commandLine();
    }

    @Override
    public void run() {
        throw new ParameterException(commandLine(), "say what to do: run, list or remove");
    }

    private CriClient client() {
        if (!Files.exists(socket)) {
            throw new BadInput("there is no " + socket + ": name containerd's with --socket");
        }
        return new CriClient(socket);
    }

    @Command(
            name = "run",
            mixinStandardHelpOptions = true,
            description = "Makes pods, one after the other.",
            footer = {"", "Example:", "  cni-conformance pods run web --port 8080:80"})
    void runPods(
            @Parameters(arity = "1..*", paramLabel = "NAME", description = "The pods' names.")
                    List<String> names,
            @Option(
                            names = "--port",
                            paramLabel = "HOST:POD",
                            description = "Lead a TCP port of the node to one of each pod.")
                    @Nullable List<String> ports,
            @Option(
                            names = "--cgroup-parent",
                            defaultValue = "/pods",
                            paramLabel = "PATH",
                            description = "The control group; default ${DEFAULT-VALUE}.")
                    String controlGroup) {
        PortMapping[] mappings =
                (ports == null ? List.<String>of() : ports)
                        .stream().map(PodsCommand::mapping).toArray(PortMapping[]::new);
        CriClient client = client();
        for (String name : names) {
            String id = client.runPodSandbox(name, controlGroup, mappings);
            print(name, client.podSandboxStatus(id));
        }
        commandLine().getOut().println("next: pods list; pods remove " + String.join(" ", names));
    }

    private static PortMapping mapping(String text) {
        var found = PORT.matcher(text);
        if (found.matches()) {
            int host = Integer.parseInt(found.group(1));
            int pod = Integer.parseInt(found.group(2));
            if (Math.min(host, pod) > 0 && Math.max(host, pod) <= HIGHEST_PORT) {
                return new PortMapping(host, pod);
            }
        }
        throw new BadInput(text + " is no pair of ports, such as 8080:80");
    }

    @Command(
            name = "list",
            mixinStandardHelpOptions = true,
            description = "Lists all pods: name, state, first address, network namespace.",
            footer = {"", "Example:", "  cni-conformance pods list"})
    void list() {
        CriClient client = client();
        for (Sandbox each : client.listPodSandbox()) {
            print(each.name(), client.podSandboxStatus(each.id()));
        }
    }

    private void print(String name, SandboxStatus status) {
        PrintWriter out = commandLine().getOut();
        out.printf(
                "%-12s %-9s %-15s %s%n",
                name,
                status.ready() ? "ready" : "not-ready",
                status.addresses().isEmpty() ? "-" : status.addresses().getFirst(),
                status.netns());
    }

    @Command(
            name = "remove",
            mixinStandardHelpOptions = true,
            description = "Stops and removes pods.",
            footer = {"", "Example:", "  cni-conformance pods remove web"})
    void remove(
            @Parameters(arity = "1..*", paramLabel = "NAME", description = "The pods' names.")
                    List<String> names) {
        CriClient client = client();
        List<Sandbox> all = client.listPodSandbox();
        List<Sandbox> named = names.stream().map(name -> find(name, all)).toList();
        for (Sandbox each : named) {
            client.stopPodSandbox(each.id());
            client.removePodSandbox(each.id());
            commandLine().getOut().println("removed " + each.name());
        }
    }

    private static Sandbox find(String name, List<Sandbox> all) {
        return all.stream()
                .filter(each -> each.name().equals(name))
                .findFirst()
                .orElseThrow(
                        () -> new BadInput("no pod is called " + name + "; pods list tells all"));
    }
}
