package dev.pontoon.plugin;

import dev.pontoon.protocol.Attachment;
import dev.pontoon.protocol.Environment;
import dev.pontoon.protocol.NetworkConfig;
import dev.pontoon.protocol.Request;
import java.io.IOException;

/** A process that delegates ADD with the variables and the standard input it got itself. */
final class DelegateDriver {
    private DelegateDriver() {}

    public static void main(String[] arguments) throws IOException {
        Environment environment = Environment.read(System.getenv());
        NetworkConfig config = NetworkConfig.read(System.in.readAllBytes());
        Attachment attachment =
                new Attachment(config.name(), environment.containerId(), environment.ifname());
        Call call = new Call(Installation.NONE, new StopSignal(), new Log("driver", System.err));
        Delegate.ipam(config, environment, call)
                .orElseThrow()
                .add(new Request.Add(config, attachment, environment));
    }
}
