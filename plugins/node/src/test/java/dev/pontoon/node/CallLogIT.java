package dev.pontoon.node;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.pontoon.testing.Await;
import dev.pontoon.testing.CniResult;
import dev.pontoon.testing.Conf;
import dev.pontoon.testing.Container;
import dev.pontoon.testing.Host;
import dev.pontoon.testing.HostExtension;
import dev.pontoon.testing.Need;
import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** What one can see of calls afterwards: the line in the log, and the service's metrics. */
@Tag("kernel")
@ExtendWith(HostExtension.class)
@DisplayName("the log of calls")
final class CallLogIT {
    private static final String TRACE = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

    private Host host;
    private EdgeNode node;
    private Container c1;

    @BeforeEach
    void prepare(Host fresh) {
        host = fresh;
        node = EdgeNode.on(host);
        c1 = host.container("c1");
    }

    private static ObjectNode conf(String log) {
        return Conf.with(EdgeNode.CONF, "{'log':'" + log + "'}");
    }

    private static JsonNode json(String line) throws IOException {
        return new ObjectMapper().readTree(line);
    }

    @Test
    @DisplayName("a file gets a line for each call, with its steps and its trace")
    void toAFile() throws IOException {
        CniResult added =
                node.bridge(c1, conf("/run/calls.log")).env("TRACEPARENT", TRACE).add().succeeded();
        node.bridge(c1, Conf.after(conf("/run/calls.log"), added)).del().succeeded();

        List<String> lines = host.read("/run/calls.log").lines().toList();
        assertThat(lines).hasSize(2);
        JsonNode add = json(lines.getFirst());
        assertThat(add.path("verb").asText()).isEqualTo("ADD");
        assertThat(add.path("network").asText()).isEqualTo("n1");
        assertThat(add.path("containerID").asText()).isEqualTo("c1");
        assertThat(add.path("traceparent").asText()).isEqualTo(TRACE);
        double sum = 0;
        for (String step :
                List.of("read", "link", "ipam", "gateway", "masquerade", "container", "rest")) {
            assertThat(add.path("steps").path(step).isNumber()).as(step).isTrue();
            sum += add.path("steps").path(step).asDouble();
        }
        assertThat(sum).isBetween(add.path("ms").asDouble() * 0.5, add.path("ms").asDouble() * 1.5);
        assertThat(json(lines.getLast()).path("steps").path("host").isNumber()).isTrue();
    }

    @Test
    @DisplayName("standard error gets it, and standard output nothing but the result")
    void toStandardError() throws IOException {
        CniResult added = node.bridge(c1, conf("stderr")).add().succeeded();
        assertThat(json(added.stderr()).path("code").asInt(-1)).isZero();
        CniResult refused = node.bridge(c1, conf("stderr")).add().failedWith(102);
        assertThat(json(refused.stderr()).path("code").asInt()).isEqualTo(102);
    }

    @Test
    @DisplayName("the journal gets it the way systemd-cat writes")
    void toTheJournal() throws IOException {
        Need.tool("socat");
        host.sh("mkdir -p /run/systemd/journal");
        host.start("socat", "-u", "UNIX-LISTEN:/run/systemd/journal/stdout", "CREATE:/run/journal");
        Await.until(
                "a journal",
                () -> host.run("ls", "/run/systemd/journal").stdout(),
                "stdout\n"::equals);
        node.bridge(c1, conf("journald")).add().succeeded();
        List<String> lines =
                Await.until(
                        "the line",
                        () -> host.run("cat", "/run/journal").stdout().lines().toList(),
                        all -> all.size() == 8);
        assertThat(lines.subList(0, 7)).containsExactly("pontoon", "", "6", "0", "0", "0", "0");
        assertThat(json(lines.getLast()).path("verb").asText()).isEqualTo("ADD");
    }

    @Test
    @DisplayName("a service has its callers write the line, and tells Prometheus of its calls")
    void throughTheService() throws IOException {
        ServiceHandle service = new ServiceHandle(host);
        assertThat(service.pontoon("metrics").exit()).isEqualTo(3);
        service.start();
        host.write(
                "/etc/cni/net.d/10-n1.conflist",
                "{\"cniVersion\":\"1.1.0\",\"name\":\"n1\",\"plugins\":[" + EdgeNode.CONF + "]}");
        CniResult added = node.bridge(c1, conf("stderr")).add().succeeded();
        assertThat(json(added.stderr()).path("code").asInt(-1)).isZero();
        node.bridge(c1).add().failedWith(102);
        assertThat(service.pontoon("metrics").ok().lines().toList())
                .contains(
                        "pontoon_calls_under_way 0",
                        "pontoon_call_seconds_count{plugin=\"bridge\",verb=\"ADD\"} 2",
                        "pontoon_call_errors_total{plugin=\"bridge\",verb=\"ADD\",code=\"102\"} 1",
                        "pontoon_addresses{network=\"n1\",range=\"10.66.0.1-10.66.0.254\"} 253",
                        "pontoon_addresses_used{network=\"n1\",range=\"10.66.0.1-10.66.0.254\"} 1");
        service.stop();
    }
}
