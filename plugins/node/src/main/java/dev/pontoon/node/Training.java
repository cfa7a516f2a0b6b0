package dev.pontoon.node;

import dev.pontoon.linux.NativeCalls;
import dev.pontoon.linux.NetlinkSocket;
import dev.pontoon.linux.UnixListener;
import dev.pontoon.linux.UnixSocket;
import dev.pontoon.linux.nft.BaseChain;
import dev.pontoon.linux.nft.Family;
import dev.pontoon.linux.nft.Hook;
import dev.pontoon.linux.nft.NftBatch;
import dev.pontoon.linux.nft.Nftables;
import dev.pontoon.linux.nft.Table;
import dev.pontoon.plugin.Answer;
import dev.pontoon.plugin.Call;
import dev.pontoon.plugin.Installation;
import dev.pontoon.plugin.Log;
import dev.pontoon.plugin.PluginMain;
import dev.pontoon.plugin.StopSignal;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/**
 * What the AOT cache is made from: one process that serves the calls a node serves, so that the JVM
 * sees every class they need. scripts/package runs it once, in namespaces of its own; nobody runs
 * it on a node.
 */
final class Training {
    private static final String IPV4 = "[{\"subnet\":\"10.99.0.0/24\"}]";
    private static final String IPV6 = "[{\"subnet\":\"fd00:99::/64\"}]";
    private static final String STATIC =
            "{\"type\":\"static\",\"addresses\":[{\"address\":\"10.99.0.9/24\",\"gateway\":\"10.99.0.1\"}]}";

    private static final String TUNING =
            "{\"cniVersion\":\"1.1.0\",\"name\":\"training\",\"type\":\"tuning\",\"prevResult\":{},\"mtu\":65000,\"promisc\":true,"
                    + "\"sysctl\":{\"net.core.somaxconn\":\"256\",\"net/ipv4/conf/IFNAME/arp_notify\":\"1\"}}";

    private static final String LIMITED =
            "{\"cniVersion\":\"1.1.0\",\"name\":\"training\",\"type\":\"bandwidth\","
                    + "\"ingressRate\":8000000,\"ingressBurst\":800000,"
                    + "\"egressRate\":8000000,\"egressBurst\":800000}";

    private static final String MAPPED =
            "{\"cniVersion\":\"1.1.0\",\"name\":\"training\",\"type\":\"portmap\",\"runtimeConfig\":{"
                    + "\"portMappings\":[{\"hostPort\":8080,\"containerPort\":80,\"protocol\":\"tcp\"},"
                    + "{\"hostPort\":53,\"containerPort\":53,\"protocol\":\"udp\",\"hostIP\":\"10.99.0.1\"}]}}";

    private static final String FIREWALLED =
            "{\"cniVersion\":\"1.1.0\",\"name\":\"training\",\"type\":\"firewall\","
                    + "\"ingressPolicy\":\"same-bridge\"}";

    private final Installation installation;
    private final String netns;
    private final String folder;

    private Training(Installation installation, String netns, String folder) {
        this.installation = installation;
        this.netns = netns;
        this.folder = folder;
    }

    /**
     * Without arguments only VERSION is served; with the path of a network namespace and of a
     * folder for leases, attachments are made and removed too. Ends as a call does, through {@link
     * Main}, which answers the command in the environment. Throws if a call fails that should not.
     */
    public static void main(String[] args) {
        if (args.length == 2) {
            new Training(Plugins.installation(), args[0], args[1]).serve();
        }
        Main.main(new String[] {"loopback"});
    }

    private void serve() {
        attachAndDetach(
                "loopback",
                "lo",
                "{\"cniVersion\":\"1.1.0\",\"name\":\"lo\",\"type\":\"loopback\"}");
        attachAndDetach("bridge", "eth0", bridge("1.1.0", hostLocal(IPV4)));
        attachAndDetach("bridge", "eth0", bridge("0.4.0", hostLocal(IPV4)));
        attachAndDetach("bridge", "eth0", bridge("1.1.0", STATIC));
        if (Files.exists(Path.of("/proc/sys/net/ipv6"))) {
            attachAndDetach("bridge", "eth0", bridge("1.1.0", hostLocal(IPV4 + "," + IPV6)));
        }
        attachAndDetach("ptp", "eth0", ptp(hostLocal(IPV4)));
        attachAndDetach("tuning", "lo", TUNING);
        limitBehindTheBridge(bridge("1.1.0", STATIC));
        mapPortsBehindTheBridge(bridge("1.1.0", STATIC));
        openTheFirewallBehindTheBridge(bridge("1.1.0", STATIC));
        serveHandedCalls();
        attachTwiceAndLoseTheNamespace(bridge("1.1.0", hostLocal(IPV4)));
        call("ADD", "bridge", "eth0", folder, bridge("1.1.0", STATIC), new ByteArrayOutputStream());
        refuse("loopback", "{\"cniVersion\":\"9.9.9\",\"name\":\"lo\",\"type\":\"loopback\"}");
        refuse("bridge", "{\"cniVersion\":");
        refuse("bridge", bridge("1.1.0", hostLocal("[{\"subnet\":\"10.99.0.0/33\"}]")));
        // As the service does once it listens; a call served on its own never does.
        NativeCalls.bind();
    }

    /** As a launcher and the resident service do it, each on its side of a socket. */
    private void serveHandedCalls() {
        System.setProperty("pontoon.namespaces", "");
        System.setProperty("pontoon.mounts", "");
        Path socket = Path.of(folder, "training.sock");
        try (UnixListener listener = UnixListener.at(socket)) {
            Service service =
                    new Service(installation, new ServiceState("", Service.NOBODY), listener);
            List<Thread> workers = service.startWorkers();
            for (String command : List.of("VERSION", "STATUS", "ADD", "DEL")) {
                hand(socket, command);
            }
            listener.refuseMore();
            for (Thread worker : workers) {
                Service.awaitEnd(worker);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void hand(Path socket, String command) throws IOException {
        try (Connection service = new Connection(UnixSocket.to(socket))) {
            Map<String, String> variables = variables(command, "eth0", netns);
            service.send(
                    new HandedCall("", "call", "bridge", "", "", netns, "/", variables)
                            .toMessage());
            service.send(Message.of(Message.INPUT, bridge("1.1.0", hostLocal(IPV4))));
            if (command.equals("ADD") || command.equals("VERSION")) {
                requireSuccess(command, service.await(Message.DOCUMENT));
                service.send(new Message(Message.WRITTEN, new byte[4]));
            } else {
                requireSuccess(command, service.await(Message.EXIT));
            }
        }
    }

    private static void requireSuccess(String command, Message ended) {
        if (ended.body()[0] != 0) {
            throw new IllegalStateException("the service failed " + command);
        }
    }

    private static String bridge(String version, String ipam) {
        return "{\"cniVersion\":\""
                + version
                + "\",\"name\":\"training\",\"type\":\"bridge\",\"bridge\":\"cni0\",\"isDefaultGateway\":true,"
                + "\"ipMasq\":true,\"macspoofchk\":true,\"hairpinMode\":true,\"mtu\":1400,"
                + "\"dns\":{\"nameservers\":[\"10.99.0.1\"]},\"ipam\":"
                + ipam
                + "}";
    }

    private static String ptp(String ipam) {
        return "{\"cniVersion\":\"1.1.0\",\"name\":\"training\",\"type\":\"ptp\",\"ipMasq\":true,\"mtu\":1400,"
                + "\"ipam\":"
                + ipam
                + "}";
    }

    private String hostLocal(String ranges) {
        return "{\"type\":\"host-local\",\"ranges\":["
                + ranges
                + "],\"routes\":[{\"dst\":\"10.98.0.0/16\"}],\"dataDir\":\""
                + folder
                + "/networks\"}";
    }

    private void attachAndDetach(String plugin, String ifname, String config) {
        if (installation.find(plugin).isEmpty()) {
            return;
        }
        String result = succeed("ADD", plugin, ifname, config);
        String known = with(config, "\"prevResult\":" + result);
        succeed("CHECK", plugin, ifname, known);
        boolean newest = config.contains("\"1.1.0\"");
        if (newest) {
            succeed("STATUS", plugin, "", config);
            succeed("GC", plugin, "", with(config, valid("training")));
        }
        succeed("DEL", plugin, ifname, known);
        succeed("DEL", plugin, ifname, known);
        if (newest) {
            succeed("GC", plugin, "", with(config, valid("other")));
        }
    }

    /** Where the kernel of the machine that packages has what limits need. */
    private void limitBehindTheBridge(String bridge) {
        if (installation.find("bandwidth").isEmpty()
                || !call("STATUS", "bandwidth", "", netns, LIMITED, new ByteArrayOutputStream())) {
            return;
        }
        String attached = succeed("ADD", "bridge", "eth0", bridge);
        attachAndDetach("bandwidth", "eth0", with(LIMITED, "\"prevResult\":" + attached));
        succeed("DEL", "bridge", "eth0", with(bridge, "\"prevResult\":" + attached));
    }

    private void mapPortsBehindTheBridge(String bridge) {
        if (installation.find("portmap").isEmpty()) {
            return;
        }
        String attached = succeed("ADD", "bridge", "eth0", bridge);
        attachAndDetach("portmap", "eth0", with(MAPPED, "\"prevResult\":" + attached));
        succeed("DEL", "bridge", "eth0", with(bridge, "\"prevResult\":" + attached));
    }

    /** Where nothing drops, and where the chain FORWARD does. */
    private void openTheFirewallBehindTheBridge(String bridge) {
        if (installation.find("firewall").isEmpty()) {
            return;
        }
        String attached = succeed("ADD", "bridge", "eth0", bridge);
        String config = with(FIREWALLED, "\"prevResult\":" + attached);
        attachAndDetach("firewall", "eth0", config);
        try (NetlinkSocket netfilter = NetlinkSocket.netfilter()) {
            Table filter = new Table(Family.IPV4, "filter");
            BaseChain dropping = new BaseChain("filter", Hook.FORWARD, BaseChain.FILTER, true);
            new Nftables(netfilter)
                    .commit(
                            new NftBatch()
                                    .ensureTable(filter)
                                    .ensureBaseChain(filter, "FORWARD", dropping));
            attachAndDetach("firewall", "eth0", config);
            new Nftables(netfilter).commit(new NftBatch().deleteTable(filter));
        }
        succeed("DEL", "bridge", "eth0", with(bridge, "\"prevResult\":" + attached));
    }

    private static String valid(String containerId) {
        return "\"cni.dev/valid-attachments\":[{\"containerID\":\""
                + containerId
                + "\",\"ifname\":\"eth0\"}]";
    }

    /** A container that dies takes its end of the veth pair along. */
    private void attachTwiceAndLoseTheNamespace(String config) {
        succeed("ADD", "bridge", "eth0", config);
        refuse("bridge", config);
        if (!call("DEL", "bridge", "eth0", netns + "-gone", config, new ByteArrayOutputStream())) {
            throw new IllegalStateException("DEL without its namespace failed: " + config);
        }
    }

    private static String with(String config, String member) {
        return config.substring(0, config.length() - 1) + "," + member + "}";
    }

    private String succeed(String command, String plugin, String ifname, String config) {
        var out = new ByteArrayOutputStream();
        boolean succeeded = call(command, plugin, ifname, netns, config, out);
        String document = out.toString(StandardCharsets.UTF_8);
        if (!succeeded) {
            throw new IllegalStateException(plugin + " " + command + " failed: " + document);
        }
        return document;
    }

    /** An error is a document as well, and takes classes of its own. */
    private void refuse(String plugin, String config) {
        if (call("ADD", plugin, "eth0", netns, config, new ByteArrayOutputStream())) {
            throw new IllegalStateException(plugin + " took " + config);
        }
    }

    private boolean call(
            String command,
            String plugin,
            String ifname,
            String namespace,
            String config,
            ByteArrayOutputStream out) {
        var call = new Call(installation, new StopSignal(), new Log(plugin, System.err));
        byte[] stdin = config.getBytes(StandardCharsets.UTF_8);
        return PluginMain.run(
                installation.find(plugin).orElseThrow(),
                call,
                variables(command, ifname, namespace),
                new ByteArrayInputStream(stdin),
                Answer.to(out));
    }

    /** With a bus that is not there: the machine's own firewalld is not to be asked. */
    private static Map<String, String> variables(String command, String ifname, String namespace) {
        return Map.of(
                "CNI_COMMAND",
                command,
                "CNI_CONTAINERID",
                "training",
                "CNI_NETNS",
                namespace,
                "CNI_IFNAME",
                ifname,
                "CNI_ARGS",
                "IgnoreUnknown=1;K8S_POD_NAME=training",
                "CNI_PATH",
                System.getProperty("pontoon.home", "") + "/bin",
                "DBUS_SYSTEM_BUS_ADDRESS",
                "unix:path=" + namespace + "-bus");
    }
}
