package dev.pontoon.bandwidth;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.withinPercentage;

import dev.pontoon.testing.Await;
import dev.pontoon.testing.Container;
import dev.pontoon.testing.Host;
import dev.pontoon.testing.HostExtension;
import dev.pontoon.testing.Need;
import dev.pontoon.testing.Running;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Real bytes in both directions, timed by whoever takes them in. */
@Tag("kernel")
@ExtendWith(HostExtension.class)
class RateIT {
    /**
     * Prints how many bytes came in each second, the headers of full segments reckoned in, since
     * the kernel counts those as well. What the burst lets through at once is not timed.
     */
    private static final String TAKE =
            """
            import socket, time
            listener = socket.create_server(('', 5001))
            print('ready', flush=True)
            peer, _ = listener.accept()
            untimed, taken = 1500000, 0
            start, first = None, 0
            while True:
                data = peer.recv(65536)
                if not data:
                    break
                taken += len(data)
                if start is None and taken >= untimed:
                    start, first = time.monotonic(), taken
            print(int((taken - first) / (time.monotonic() - start) * 1514 / 1448))
            """;

    private static String give(String address) {
        return "import socket; s = socket.create_connection(('"
                + address
                + "', 5001)); s.sendall(bytes(6000000)); s.close()";
    }

    private static double rate(Running taker) {
        String printed = taker.await().ok();
        return Double.parseDouble(printed.substring(printed.indexOf('\n') + 1).strip());
    }

    private static Running ready(Running taker) {
        Await.until("somebody who takes the bytes in", () -> taker.stdout().contains("ready"));
        return taker;
    }

    @Test
    void bytesComeAndGoAtTheRatesThatWereAskedFor(Host host) {
        Need.kernel("bandwidth");
        Need.kernel("ifb");
        Need.tool("python3");
        Node node = new Node(host);
        Container c1 = host.container("c1");
        node.attach(c1, "eth0", 1);
        node.call(Node.BOTH, c1, "eth0").add().succeeded();

        Running inside = ready(c1.start("python3", "-c", TAKE));
        host.ok("python3", "-c", give("10.1.0.2"));
        double ingress = rate(inside);
        Running outside = ready(host.start("python3", "-c", TAKE));
        c1.ok("python3", "-c", give("10.1.0.1"));
        double egress = rate(outside);

        assertThat(ingress).isCloseTo(1_000_000, withinPercentage(10));
        assertThat(egress).isCloseTo(2_000_000, withinPercentage(10));
        node.call(Node.BOTH, c1, "eth0").del().succeeded();
        Running unlimited = ready(host.start("python3", "-c", TAKE));
        c1.ok("python3", "-c", give("10.1.0.1"));
        assertThat(rate(unlimited)).isGreaterThan(5_000_000);
    }
}
