package dev.pontoon.hostlocal;

import dev.pontoon.plugin.Call;
import dev.pontoon.plugin.Installation;
import dev.pontoon.plugin.Log;
import dev.pontoon.plugin.StopSignal;
import dev.pontoon.protocol.AddResult;
import dev.pontoon.protocol.Environment;
import dev.pontoon.protocol.IpConfig;
import dev.pontoon.protocol.NetworkConfig;
import dev.pontoon.protocol.Request;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;

/** A node with a store in a temporary folder: calls the plugin in process, and shows the files. */
final class Node {
    static final Boot FIRST_BOOT = new Boot("11111111-1111-1111-1111-111111111111", 1_000_000_000L);

    private final Path root;
    private final ByteArrayOutputStream log = new ByteArrayOutputStream();
    private Boot boot = FIRST_BOOT;
    private StopSignal stop = new StopSignal();

    Node(Path root) {
        this.root = root;
    }

    Path dataDir() {
        return root.resolve("networks");
    }

    Path runDir() {
        return root.resolve("run");
    }

    Path folder(String network) {
        return dataDir().resolve(network);
    }

    Path lease(String address) {
        return folder("net").resolve(address);
    }

    /** From now on the machine has been booted again, at that second. */
    void reboot(String id, long second) {
        boot = new Boot(id, second);
    }

    void stopWith(StopSignal stop) {
        this.stop = stop;
    }

    String log() {
        return log.toString(StandardCharsets.UTF_8);
    }

    /** A configuration of network {@code net}; {@code '} stands for {@code "}. */
    String conf(String ipam) {
        return conf("net", "1.1.0", ipam, "");
    }

    /** As above; {@code more} are keys beside {@code ipam}, each with a comma in front. */
    String conf(String name, String version, String ipam, String more) {
        String keys = ipam.isEmpty() ? "" : "," + ipam;
        return ("{'cniVersion':'%s','name':'%s','type':'bridge','runDir':'%s'%s,'ipam':"
                        + "{'type':'host-local','dataDir':'%s'%s}}")
                .formatted(version, name, runDir(), more, dataDir(), keys)
                .replace('\'', '"');
    }

    /** The addresses that an ADD gives, without prefix length. */
    List<String> add(String conf, String id) {
        return add(conf, id, "");
    }

    List<String> add(String conf, String id, String args) {
        List<String> addresses = new ArrayList<>();
        for (IpConfig ip : addResult(conf, id, "eth0", args).ips()) {
            addresses.add(ip.address().address().toString());
        }
        return addresses;
    }

    AddResult addResult(String conf, String id, String ifname, String args) {
        return plugin().add((Request.Add) request("ADD", conf, id, ifname, args), call());
    }

    void del(String conf, String id) {
        del(conf, id, "eth0", "");
    }

    void del(String conf, String id, String ifname, String args) {
        plugin().del((Request.Del) request("DEL", conf, id, ifname, args), call());
    }

    void check(String conf, String id) {
        plugin().check((Request.Check) request("CHECK", conf, id, "eth0", ""), call());
    }

    void gc(String conf) {
        plugin().gc((Request.Gc) request("GC", conf, "", "", ""), call());
    }

    void status(String conf) {
        plugin().status((Request.Status) request("STATUS", conf, "", "", ""), call());
    }

    private HostLocalPlugin plugin() {
        return new HostLocalPlugin(boot);
    }

    private Call call() {
        PrintStream out = new PrintStream(log, true, StandardCharsets.UTF_8);
        return new Call(Installation.NONE, stop, new Log("host-local", out));
    }

    private static Request request(
            String command, String conf, String id, String ifname, String args) {
        Map<String, String> variables =
                Map.of(
                        "CNI_COMMAND", command,
                        "CNI_CONTAINERID", id,
                        "CNI_NETNS", "/run/netns/test",
                        "CNI_IFNAME", ifname,
                        "CNI_ARGS", args,
                        "CNI_PATH", "/opt/cni/bin");
        return Request.of(
                Environment.read(variables),
                NetworkConfig.read(conf.getBytes(StandardCharsets.UTF_8)));
    }

    /** The lease files of network {@code net} with their text, by address. */
    Map<String, String> leases() {
        Map<String, String> leases = new TreeMap<>();
        for (String name : files("net")) {
            if (!name.equals("lock") && !name.startsWith("last_reserved_ip.")) {
                leases.put(name, read(lease(name)));
            }
        }
        return leases;
    }

    List<String> files(String network) {
        if (!Files.exists(folder(network))) {
            return List.of();
        }
        try (Stream<Path> files = Files.list(folder(network))) {
            return files.map(file -> file.getFileName().toString()).sorted().toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static String read(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Writes a lease as the reference does: created, then filled, and no index told of it. */
    void writeLease(String address, String text) {
        write(lease(address), text);
    }

    static void write(Path file, String text) {
        try {
            Files.createDirectories(file.getParent());
            Files.writeString(file, text);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    void deleteLease(String address) {
        try {
            Files.delete(lease(address));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
