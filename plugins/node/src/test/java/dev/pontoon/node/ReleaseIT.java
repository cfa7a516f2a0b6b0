package dev.pontoon.node;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.pontoon.testing.Await;
import dev.pontoon.testing.Command;
import dev.pontoon.testing.Conf;
import dev.pontoon.testing.Host;
import dev.pontoon.testing.HostExtension;
import dev.pontoon.testing.Need;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * The archive and the image, on machines that have neither the source tree nor a JDK. The image
 * runs under a containerd as the manifests say, one container after the other, as kubelet has it.
 */
@Tag("kernel")
@ExtendWith(HostExtension.class)
final class ReleaseIT {

    private static final Path CHECKOUT = Path.of("../..").toAbsolutePath().normalize();
    private static final String BIN = "/opt/cni/bin";
    private static final String INSTALLED = "/opt/pontoon/current/";
    private static final String POD_ADDRESS = "10.244.0.2";

    /** Unpacking takes as long as the disk does. */
    private static final Duration PATIENCE = Duration.ofMinutes(1);

    private final Host host;
    private final BootedHost machine;
    private final Path archive;

    ReleaseIT(Host host) throws IOException {
        Need.tool("busybox");
        this.host = host;
        run("release", "--from", EdgeNode.dist().toString(), host.temp().toString());
        this.archive = made(".tar.gz");
        this.machine = BootedHost.withoutSystemd(host);
        hideWhatItIsBuiltWith();
    }

    private void run(String script, String... arguments) {
        List<String> words = new ArrayList<>(List.of(CHECKOUT + "/scripts/" + script));
        words.addAll(List.of(arguments));
        Ended ended = Ended.run(new ProcessBuilder(words));
        assertThat(ended.status()).as(ended.err()).isZero();
    }

    private Path made(String end) throws IOException {
        try (var files = Files.list(host.temp())) {
            return files.filter(each -> each.toString().endsWith(end)).findFirst().orElseThrow();
        }
    }

    private void hideWhatItIsBuiltWith() {
        for (Path each : List.of(Path.of("/usr/lib/jvm"), Path.of("/usr/share/maven"), CHECKOUT)) {
            if (Files.isDirectory(each)) {
                machine.ok("mount", "-t", "tmpfs", "nothing", each.toString());
            }
        }
    }

    @AfterEach
    void powerOff() {
        machine.close();
    }

    @Test
    @DisplayName("the archive needs nothing but itself, and leaves nothing")
    void installedFromTheArchive() throws IOException {
        machine.sh("cd " + host.temp() + "; sha256sum -c SHA256SUMS; tar -xzf " + archive);
        machine.ok(archive.toString().replace(".tar.gz", "/install"));
        attach("c1");
        assertThat(status()).contains("3 served, 0 of them with an error");
        machine.ok("ping", "-c1", "-W2", POD_ADDRESS);
        call("bridge", "DEL", "c1", network(0)).ok();
        machine.ok(INSTALLED + "uninstall");
        assertThat(filesInOpt()).isEmpty();
    }

    @Test
    @DisplayName(
            "the DaemonSet puts Pontoon on a node, serves and mends it, and takes it off again")
    void keptByTheDaemonSet() throws IOException {
        List.of("containerd", "ctr", "runc").forEach(Need::tool);
        host.script(BIN + "/bridge", "#!/bin/sh\necho somebody\\'s\n");
        run("image", "--archive", archive.toString(), host.temp().toString());
        startContainerd();
        ctr("image", "import", made(".image.tar").toString());
        Manifest manifest = Manifest.read("pontoon");

        container(manifest, "install", "--rm");
        assertThat(host.read(BIN + "/bridge.before-pontoon")).contains("somebody");

        container(manifest, "keep", "--detach");
        awaitReady(manifest);
        attach("c1");
        assertThat(status())
                .contains("3 served, 0 of them with an error")
                .contains("kept by    a supervisor");
        machine.ok("ping", "-c1", "-W2", POD_ADDRESS);

        // As an upgrade of the package does whose plugin it was.
        host.script(BIN + "/newer", "#!/bin/sh\necho somebody\\'s newer one\n");
        machine.sh("cd " + BIN + "; rm loopback; mv newer bridge");
        Await.until(
                "the links to be mended",
                PATIENCE,
                () -> machine.sh("cd " + BIN + "; readlink bridge loopback || :"),
                "/opt/pontoon/bin/bridge\n/opt/pontoon/bin/loopback\n"::equals);

        ctr("task", "kill", "--signal", "TERM", "keep");
        Await.until(
                "the end of the container",
                () -> ctr("task", "ls"),
                all -> all.contains("STOPPED"));
        assertThat(ctr("task", "rm", "keep")).isEmpty();
        ctr("container", "rm", "keep");
        assertThat(machine.command(INSTALLED + "pontoon", "service", "status").run().exit())
                .isEqualTo(3);
        attach("c2");

        container(Manifest.read("remove"), "remove", "--rm");
        assertThat(filesInOpt()).isEqualTo(BIN + "/bridge\n");
        assertThat(host.read(BIN + "/bridge")).contains("newer");
        machine.ok("ping", "-c1", "-W2", POD_ADDRESS);
    }

    private String filesInOpt() {
        return machine.sh("find /opt/pontoon /opt/cni ! -type d 2>/dev/null || :");
    }

    private String status() {
        return machine.ok(INSTALLED + "pontoon", "service", "status");
    }

    private void startContainerd() {
        host.write("/etc/containerd.toml", CtrIT.CONFIG.formatted(host.temp()));
        machine.command("containerd", "--config", "/etc/containerd.toml").start();
        Await.until(
                "containerd",
                PATIENCE,
                () -> machine.command("ctr", "version").run().exit(),
                exit -> exit == 0);
    }

    private String ctr(String... words) {
        List<String> line = new ArrayList<>(List.of("ctr", "-n", "k8s.io"));
        line.addAll(List.of(words));
        return machine.ok(line.toArray(String[]::new));
    }

    /** Runs a container of the manifest, with all that the manifest says of where it runs. */
    private void container(Manifest manifest, String name, String mode) {
        JsonNode pod = manifest.pod();
        JsonNode container = manifest.container(name);
        List<String> words = new ArrayList<>(List.of("run", mode));
        if (pod.path("hostNetwork").asBoolean()) {
            words.add("--net-host");
        }
        if (pod.path("hostPID").asBoolean()) {
            words.addAll(List.of("--with-ns", "pid:/proc/1/ns/pid"));
        }
        if (container.path("securityContext").path("privileged").asBoolean()) {
            words.add("--privileged");
        }
        for (JsonNode mount : container.path("volumeMounts")) {
            String source = manifest.hostPath(mount.path("name").asText());
            String target = mount.path("mountPath").asText();
            words.addAll(
                    List.of(
                            "--mount",
                            "type=bind,src=" + source + ",dst=" + target + ",options=rbind:rw"));
        }
        words.addAll(List.of("--cgroup", machine.cgroup().path(name)));
        words.addAll(List.of(container.path("image").asText(), name));
        container.path("command").forEach(word -> words.add(word.asText()));
        ctr(words.toArray(String[]::new));
    }

    /** By the probe that kubelet has. */
    private void awaitReady(Manifest manifest) {
        List<String> words = new ArrayList<>(List.of("ctr", "-n", "k8s.io", "task", "exec"));
        words.addAll(List.of("--exec-id", "probe", "keep"));
        manifest.container("keep")
                .path("readinessProbe")
                .path("exec")
                .path("command")
                .forEach(word -> words.add(word.asText()));
        Await.until(
                "the container to be ready",
                PATIENCE,
                () -> machine.command(words.toArray(String[]::new)).run(),
                probe -> probe.exit() == 0);
    }

    /** Attaches a container to the network of the sample, as a runtime does. */
    private void attach(String container) throws IOException {
        machine.ok("ip", "netns", "add", container);
        JsonNode result = null;
        for (int i = 0; i < conflist().path("plugins").size(); i++) {
            ObjectNode network = network(i);
            if (result != null) {
                network.set("prevResult", result);
            }
            result = call(network.path("type").asText(), "ADD", container, network).json();
        }
    }

    private static JsonNode conflist() throws IOException {
        return Conf.of(Files.readString(Manifest.FOLDER.resolve("10-pontoon.conflist")));
    }

    private static ObjectNode network(int plugin) throws IOException {
        ObjectNode network = conflist().path("plugins").path(plugin).deepCopy();
        network.remove("capabilities");
        return network.put("name", conflist().path("name").asText())
                .put("cniVersion", conflist().path("cniVersion").asText());
    }

    private Command call(String plugin, String verb, String container, ObjectNode network) {
        return machine.command(BIN + "/" + plugin)
                .env("CNI_COMMAND", verb)
                .env("CNI_CONTAINERID", container)
                .env("CNI_NETNS", "/run/netns/" + container)
                .env("CNI_IFNAME", "eth0")
                .env("CNI_PATH", BIN)
                .stdin(network.toString());
    }
}
