package dev.pontoon.firewall;

import dev.pontoon.testing.Await;
import dev.pontoon.testing.CniCall;
import dev.pontoon.testing.Command;
import dev.pontoon.testing.Host;
import dev.pontoon.testing.Need;
import dev.pontoon.testing.Running;
import java.util.List;

/** A system bus of a host's own, and the real firewalld on it, which rules that host alone. */
final class BusHost {
    private static final String SOCKET = "/run/bus/socket";
    private static final String ADDRESS = "unix:path=" + SOCKET;
    // The distribution's would start PolicyKit by itself, again and again.
    private static final String CONFIG =
            "<busconfig><type>system</type><listen>"
                    + ADDRESS
                    + "</listen><auth>EXTERNAL</auth><policy context=\"default\"><allow user=\"*\"/>"
                    + "<allow own=\"*\"/><allow send_destination=\"*\"/>"
                    + "<allow send_type=\"method_call\"/><allow receive_sender=\"*\"/>"
                    + "</policy></busconfig>";

    private final Host host;

    BusHost(Host host) {
        Need.tool("dbus-daemon");
        Need.tool("firewalld");
        this.host = host;
    }

    /** Starts the bus. */
    void start() {
        host.write("/run/bus/config", CONFIG);
        host.start("dbus-daemon", "--config-file=/run/bus/config", "--nofork", "--nopidfile");
        Await.until("the bus", () -> host.exists(SOCKET));
    }

    /** Starts firewalld, and waits until it has read its zones. */
    Running startFirewalld() {
        Running firewalld = onBus("firewalld", "--nofork", "--nopid").start();
        Await.until(
                "firewalld",
                () -> onBus("firewall-cmd", "--state").run().stdout().contains("running"));
        return firewalld;
    }

    /** Ends it as a service manager does, and waits until its name is free. */
    void stop(Running firewalld) {
        firewalld.signal("TERM");
        Await.until("the end of firewalld", () -> !firewalld.alive());
    }

    /** A socket where nobody ever answers. */
    void startSilentBus() {
        host.ok("mkdir", "-p", "/run/bus");
        host.start("socat", "-u", "UNIX-LISTEN:" + SOCKET + ",fork", "OPEN:/dev/null");
        Await.until("the socket", () -> host.exists(SOCKET));
    }

    /** Runs {@code firewall-cmd}. */
    String cmd(String... arguments) {
        String[] words = new String[arguments.length + 1];
        words[0] = "firewall-cmd";
        System.arraycopy(arguments, 0, words, 1, arguments.length);
        return onBus(words).ok().strip();
    }

    /** The sources of a zone. */
    List<String> sources(String zone) {
        String listed = cmd("--zone=" + zone, "--list-sources");
        return listed.isEmpty() ? List.of() : List.of(listed.split(" "));
    }

    private Command onBus(String... words) {
        return host.command(words).env("DBUS_SYSTEM_BUS_ADDRESS", ADDRESS);
    }

    /** The call with the bus in its environment. */
    static CniCall onBus(CniCall call) {
        return call.env("DBUS_SYSTEM_BUS_ADDRESS", ADDRESS);
    }
}
