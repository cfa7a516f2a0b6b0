package dev.pontoon.testing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(HostExtension.class)
class CniCallIT {

    private static final String FAILING =
            """
            #!/bin/sh
            echo "looked at $CNI_NETNS" >&2
            cat > /dev/null
            echo '{"cniVersion":"1.1.0","code":7,"msg":"no such thing"}'
            exit 1
            """;

    private static final String CONF = "{'cniVersion':'1.1.0','name':'n1','type':'fake'}";

    private Host host;
    private Container c1;

    @BeforeEach
    void keepHost(Host fresh) {
        host = fresh;
        c1 = host.container("c1");
    }

    private CniCall fake(String script) {
        host.script(host.temp() + "/fake", script);
        return host.cni(host.temp(), "fake").container(c1).stdin(Conf.of(CONF));
    }

    private CniCall saying(String output, int exit) {
        return fake("#!/bin/sh\nprintf '%s' '" + output + "'\nexit " + exit + "\n");
    }

    @Test
    void pluginGetsEnvironmentAndConfiguration() {
        CniCall call = fake("#!/bin/sh\nenv | sort >&2\ncat\n").args("A=b");
        CniResult result = call.add().succeeded();
        assertThat(result.json()).isEqualTo(Conf.of(CONF));
        assertThat(result.stderr())
                .contains("CNI_ARGS=A=b\nCNI_COMMAND=ADD\nCNI_CONTAINERID=c1\nCNI_IFNAME=eth0\n")
                .contains("CNI_NETNS=/run/netns/c1\nCNI_PATH=" + host.temp() + "\n")
                .doesNotContain("HOME=");
        assertThat(call.ifname("net1").without("CNI_NETNS").add().stderr())
                .contains("CNI_IFNAME=net1")
                .doesNotContain("CNI_NETNS");
    }

    @Test
    void pluginRunsInsideTheHost() {
        String script = "#!/bin/sh\nprintf '{\"ns\":\"%s\"}' $(readlink /proc/self/ns/net)\n";
        assertThat(fake(script).add().succeeded().json().path("ns").asText())
                .isEqualTo(host.ok("readlink", "/proc/self/ns/net").strip());
    }

    @Test
    void transcriptTellsTheWholeStory() {
        CniResult failed = fake(FAILING).del().failedWith(7);
        assertThatThrownBy(failed::succeeded)
                .isInstanceOf(AssertionError.class)
                .hasMessageContaining("expected exit 0")
                .hasMessageContaining("CNI_COMMAND='DEL'")
                .hasMessageContaining("/fake")
                .hasMessageContaining("\"name\":\"n1\"")
                .hasMessageContaining("no such thing")
                .hasMessageContaining("looked at /run/netns/c1")
                .hasMessageContaining("exit 1");
        assertThatThrownBy(() -> failed.failedWith(4))
                .hasMessageContaining("expected error code 4");
    }

    @Test
    void wrongOutputIsNotSuccess() {
        assertNoSuccess(saying("", 0).add());
        assertNoSuccess(saying("{} {}", 0).add());
        assertNoSuccess(saying("[]", 0).version());
        assertNoSuccess(saying("{}", 0).del());
        assertNoSuccess(saying("{}", 1).add());
        saying("{}", 0).version().succeeded();
        saying("", 0).del().succeeded();
    }

    private static void assertNoSuccess(CniResult result) {
        assertThatThrownBy(result::succeeded).isInstanceOf(AssertionError.class);
    }

    @Test
    void wrongErrorIsNotAnError() {
        assertNoFailure(saying("{\"code\":7,\"msg\":\"m\"}", 0).add());
        assertNoFailure(saying("", 1).add());
        assertNoFailure(saying("{\"code\":7,\"msg\":\"m\"}{}", 1).add());
        assertNoFailure(saying("{\"code\":\"7\",\"msg\":\"m\"}", 1).add());
        assertNoFailure(saying("{\"code\":7,\"msg\":\"\"}", 1).add());
        saying("{\"code\":7,\"msg\":\"m\"}\n", 1).add().failedWith(7);
    }

    private static void assertNoFailure(CniResult result) {
        assertThatThrownBy(() -> result.failedWith(7)).isInstanceOf(AssertionError.class);
    }

    @Test
    void runningPluginCanBeSignalled() {
        String script = "#!/bin/sh\ntrap 'exit 9' TERM\necho ready >&2\nwhile :; do read x; done\n";
        host.script(host.temp() + "/fake", script.replace("read x", "sleep 0.05"));
        RunningCall call = host.cni(host.temp(), "fake").start("ADD");
        Await.until("the plugin's first word", () -> call.stderr().contains("ready"));
        assertThat(host.ok("cat", "/proc/" + call.pid() + "/cmdline")).contains("fake");
        call.signal("TERM");
        assertThat(call.await().exit()).isEqualTo(9);
    }

    @Test
    void killedPluginReportsItsSignal() {
        RunningCall call = fake("#!/bin/sh\nexec sleep infinity\n").start("ADD");
        call.kill();
        assertThat(call.await().exit()).isEqualTo(128 + 9);
    }

    @Test
    void hangingPluginFailsWithTranscript() {
        CniCall hanging = fake("#!/bin/sh\nexec sleep infinity\n").timeout(Duration.ofMillis(200));
        assertThatThrownBy(hanging::add)
                .isInstanceOf(AssertionError.class)
                .hasMessageContaining("CNI_COMMAND='ADD'")
                .hasMessageContaining("still running after");
    }
}
