package dev.pontoon.node;

import dev.pontoon.plugin.Call;
import dev.pontoon.plugin.Caller;
import dev.pontoon.plugin.HostSockets;
import dev.pontoon.plugin.Installation;
import dev.pontoon.plugin.Log;
import dev.pontoon.plugin.Plugin;
import dev.pontoon.plugin.PluginMain;
import dev.pontoon.plugin.StopSignal;
import dev.pontoon.plugin.Timing;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;

/** One call that a launcher hands over, from its first message to the exit status. */
final class ServedCall {
    private final Connection connection;
    private final Installation installation;
    private final ServiceState state;
    private final KeptSockets sockets;

    ServedCall(
            Connection connection,
            Installation installation,
            ServiceState state,
            KeptSockets sockets) {
        this.connection = connection;
        this.installation = installation;
        this.state = state;
        this.sockets = sockets;
    }

    /**
     * Takes the call and serves it, or has the launcher serve it itself.
     *
     * @throws IOException if the launcher ends before it has its answer; what the call had begun is
     *     undone by then
     */
    void serve(HandedCall handed) throws IOException {
        Optional<Plugin> plugin = installation.find(handed.plugin());
        Optional<String> obstacle =
                plugin.isEmpty()
                        ? Optional.of("there is no such plugin")
                        : Surroundings.obstacle(handed, state.build(), connection.peer().pid());
        if (obstacle.isPresent()) {
            state.callNotTaken(obstacle.get());
            connection.send(Message.of(Message.NOT_TAKEN, obstacle.get()));
            return;
        }
        CallerAnswer answer = new CallerAnswer(connection);
        state.callBegins();
        boolean succeeded = false;
        try {
            succeeded = run(plugin.get(), handed, answer);
        } finally {
            state.callEnds(succeeded);
            if (!succeeded) {
                sockets.renew();
            }
        }
        answer.end(succeeded);
    }

    private boolean run(Plugin plugin, HandedCall handed, CallerAnswer answer) {
        boolean isProbe = "VERSION".equals(handed.variables().get("CNI_COMMAND"));
        Call call =
                new Call(
                        installation,
                        new StopSignal(connection),
                        new Log(plugin.name(), new CallerErrors(connection)),
                        caller(handed),
                        new Timing(),
                        state::count);
        return PluginMain.run(
                plugin, call, handed.variables(), new CallerInput(connection, isProbe), answer);
    }

    private Caller caller(HandedCall handed) {
        return new Caller() {
            @Override
            public Path folder() {
                return Path.of(handed.folder());
            }

            @Override
            public String netns(String path) {
                return handed.netns().isEmpty() ? path : handed.netns();
            }

            @Override
            public HostSockets hostSockets() {
                return sockets;
            }
        };
    }
}
