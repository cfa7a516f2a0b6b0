package dev.pontoon.node;

import static org.assertj.core.api.Assertions.assertThat;

import dev.pontoon.testing.Container;
import dev.pontoon.testing.Host;
import dev.pontoon.testing.HostExtension;
import dev.pontoon.testing.Output;
import dev.pontoon.testing.Snapshot;
import java.io.File;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Hundreds of thousands of calls that are wrong in some way, against the packaged plugins. */
@Tag("kernel")
@ExtendWith(HostExtension.class)
final class FuzzIT {

    private static final int CALLS = 300_000;
    private static final Duration LIMIT = Duration.ofMinutes(15);

    @Test
    @DisplayName("E49 300 000 invented calls each get one answer and leave nothing")
    void inventedCallsGetOneAnswerAndLeaveNothing(Host host) throws URISyntaxException {
        PackagedPontoon pontoon = PackagedPontoon.require();
        Container container = host.container("fuzzed");
        // A lo that has been up once keeps its address.
        container.sh("ip link set lo up; ip link set lo down");
        Snapshot before = host.snapshot();
        Snapshot inside = container.snapshot();

        Output output = fuzz(host, pontoon, container);

        assertThat(output.exit()).as(output.transcript()).isZero();
        // Some were right by accident: nothing switches forwarding off again, and a call that locks
        // something makes Pontoon's folders.
        String stays = "^sysctl.*(forward|accept_redirects)|^file /run/pontoon(/ledger|/locks)?$";
        host.snapshot().without(stays).assertSameAs(before.without(stays));
        container.snapshot().assertSameAs(inside);
    }

    /** The Java, the jar and the library of the package; only the inventor comes from here. */
    private static Output fuzz(Host host, PackagedPontoon pontoon, Container container)
            throws URISyntaxException {
        Path classes =
                Path.of(Fuzzer.class.getProtectionDomain().getCodeSource().getLocation().toURI());
        return host.command(
                        List.of(
                                pontoon.java().toString(),
                                "-Xmx256m",
                                "-XX:+UseSerialGC",
                                "-Djna.boot.library.path=" + pontoon.lib(),
                                "-Djna.nosys=true",
                                "-Djna.noclasspath=true",
                                "--enable-native-access=ALL-UNNAMED",
                                "-cp",
                                pontoon.lib().resolve("pontoon.jar") + File.pathSeparator + classes,
                                "dev.pontoon.node.Fuzzer",
                                "1",
                                Integer.toString(Integer.getInteger("fuzz.calls", CALLS)),
                                container.netns(),
                                pontoon.bin().toString(),
                                pontoon.lib().resolve("launcher").toString()))
                .env("LC_ALL", "C.UTF-8")
                .timeout(LIMIT)
                .run();
    }
}
