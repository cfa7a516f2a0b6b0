package dev.pontoon.node;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.pontoon.testing.Command;
import dev.pontoon.testing.Conf;
import dev.pontoon.testing.Container;
import dev.pontoon.testing.Host;
import dev.pontoon.testing.HostExtension;
import dev.pontoon.testing.Need;
import dev.pontoon.testing.Snapshot;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * No program is run to attach a container: neither seen by strace, nor missed when there is none.
 */
@Tag("kernel")
@ExtendWith(HostExtension.class)
final class NoExecIT {

    private static final ObjectNode CONF =
            Conf.of(
                    """
                    {'cniVersion':'1.1.0','name':'alone','type':'bridge','bridge':'cni0',
                     'isDefaultGateway':true,'ipMasq':true,'macspoofchk':true,
                     'ipam':{'type':'host-local','ranges':[[{'subnet':'10.98.0.0/24'}],
                                                           [{'subnet':'fd98::/64'}]]}}
                    """);

    /** What a node chains, each with its default backend. */
    private static final List<ObjectNode> CHAIN =
            List.of(
                    CONF,
                    Conf.of(
                            """
                            {'type':'portmap','runtimeConfig':{'portMappings':[
                              {'hostPort':8080,'containerPort':80,'protocol':'udp'}]}}
                            """),
                    Conf.of("{'type':'firewall','ingressPolicy':'isolated'}"),
                    Conf.of(
                            "{'type':'tuning','mtu':1400,'sysctl':{'net.ipv4.conf.IFNAME.arp_filter':'1'}}"),
                    Conf.of(
                            """
                            {'type':'bandwidth','ingressRate':8000000,'ingressBurst':800000,
                             'egressRate':8000000,'egressBurst':800000}
                            """));

    private static final Pattern PROGRAM =
            Pattern.compile("execve(?:at)?\\(.*?\"([^\"]*)\".*\\) = 0");

    /** Hides the tools from what it runs, by one that notes its name and fails. */
    private static final String HIDDEN =
            """
            note=$1; shift
            printf '#!/bin/sh\\necho "$0 $*" >> %s.called\\nexit 1\\n' "$note" > "$note"
            chmod +x "$note"
            for tool in ip tc bridge nft iptables ip6tables iptables-legacy ip6tables-legacy; do
              file=$(readlink -f "$(command -v $tool)")
              mount --bind "$note" "$file"
              ! $tool > /dev/null
            done
            rm "$note.called"
            exec "$@"
            """;

    private PackagedPontoon pontoon;
    private Host host;
    private Container pod;

    @BeforeEach
    void prepare(Host fresh) {
        Need.kernel("nftables nat");
        Need.kernel("ipv6");
        pontoon = PackagedPontoon.require();
        host = fresh;
        pod = host.container("pod");
    }

    @Test
    void straceSeesLauncherAndJavaAndNoOtherProgram() throws IOException {
        Need.tool("strace");
        JsonNode result = traced("ADD", CONF).json();
        ObjectNode known = Conf.with(CONF, "prevResult", result);

        assertThat(programs()).containsExactlyElementsOf(launcherAndJava());
        traced("CHECK", known).ok();
        assertThat(programs()).containsExactlyElementsOf(launcherAndJava());
        traced("DEL", known).ok();
        assertThat(programs()).containsExactlyElementsOf(launcherAndJava());
    }

    @Test
    void straceSeesNoOtherProgramInAChain() throws IOException {
        Need.tool("strace");
        JsonNode result = null;
        for (ObjectNode plugin : CHAIN) {
            String type = plugin.path("type").asText();
            result = traced(type, "ADD", known(plugin, result)).json();
            assertThat(programs()).containsExactlyElementsOf(launcherAndJava(type));
        }
        for (String verb : List.of("CHECK", "DEL")) {
            for (ObjectNode plugin : verb.equals("DEL") ? CHAIN.reversed() : CHAIN) {
                String type = plugin.path("type").asText();
                traced(type, verb, known(plugin, result)).ok();
                assertThat(programs()).containsExactlyElementsOf(launcherAndJava(type));
            }
        }
        assertThat(host.ok("nft", "list", "ruleset")).isEmpty();
    }

    private static ObjectNode known(ObjectNode plugin, @Nullable JsonNode result) {
        ObjectNode named = Conf.with(plugin, "{'cniVersion':'1.0.0','name':'alone'}");
        return result == null ? named : Conf.with(named, "prevResult", result);
    }

    /** Shows that the tests above would see them. */
    @Test
    void straceSeesIptablesWhereTheConfigurationAsksForIt() throws IOException {
        Need.tool("strace");
        Need.kernel("iptables nft");

        traced("ADD", Conf.with(CONF, "{'ipMasqBackend':'iptables'}")).ok();

        assertThat(programs()).anyMatch(program -> program.contains("tables"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"PATH=", "-uPATH", "PATH=/usr/sbin:/usr/bin"})
    void withoutToolsAndWithAnyPathContainersAreAttachedAndDetached(String path) {
        hidden(path, "ADD", CONF).ok();
        hidden(path, "DEL", CONF).ok();
        Snapshot before = host.snapshot().without("last_reserved_ip|networks/\\.pontoon/");

        JsonNode result = hidden(path, "ADD", CONF).json();
        ObjectNode known = Conf.with(CONF, "prevResult", result);
        pod.ok("ping", "-c1", "-W5", "10.98.0.1");
        pod.ok("ping", "-c1", "-W5", "fd98::1");
        hidden(path, "CHECK", known).ok();
        hidden(path, "DEL", known).ok();

        host.snapshot().without("last_reserved_ip|networks/\\.pontoon/").assertSameAs(before);
        assertThat(tool().resolveSibling("tool.called")).doesNotExist();
    }

    private Command traced(String verb, ObjectNode configuration) {
        return traced("bridge", verb, configuration);
    }

    private Command traced(String plugin, String verb, ObjectNode configuration) {
        List<String> words = List.of("strace", "-f", "-qq", "-e", "trace=execve,execveat", "-o");
        return call(plugin, verb, configuration, words, trace().toString());
    }

    private Command hidden(String path, String verb, ObjectNode configuration) {
        List<String> words =
                List.of("unshare", "-m", "--propagation", "private", "sh", "-e", "-c", HIDDEN);
        return call("bridge", verb, configuration, words, "hidden", tool().toString(), "env", path);
    }

    private Command call(
            String plugin,
            String verb,
            ObjectNode configuration,
            List<String> through,
            String... more) {
        List<String> words = new ArrayList<>(through);
        words.addAll(List.of(more));
        words.add(pontoon.bin().resolve(plugin).toString());
        return host.command(words)
                .env("CNI_COMMAND", verb)
                .env("CNI_CONTAINERID", "c1")
                .env("CNI_NETNS", pod.netns())
                .env("CNI_IFNAME", "eth0")
                .env("CNI_PATH", pontoon.bin().toString())
                .stdin(configuration.toString());
    }

    private Path trace() {
        return host.temp().resolve("trace");
    }

    private Path tool() {
        return host.temp().resolve("tool");
    }

    private List<String> launcherAndJava() {
        return launcherAndJava("bridge");
    }

    private List<String> launcherAndJava(String plugin) {
        return List.of(pontoon.bin().resolve(plugin).toString(), pontoon.java().toString());
    }

    /** What was executed in the last traced call, in order. */
    private List<String> programs() throws IOException {
        List<String> programs = new ArrayList<>();
        for (String line : Files.readAllLines(trace())) {
            Matcher matcher = PROGRAM.matcher(line);
            if (matcher.find()) {
                programs.add(matcher.group(1));
            }
        }
        return programs;
    }
}
