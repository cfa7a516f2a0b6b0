package dev.pontoon.portmap;

import dev.pontoon.plugin.Answer;
import dev.pontoon.plugin.Call;
import dev.pontoon.plugin.Installation;
import dev.pontoon.plugin.Log;
import dev.pontoon.plugin.PluginMain;
import dev.pontoon.plugin.StopSignal;

/** One call of the plugin in a process of its own, for tests that run without the package. */
final class PortmapMain {
    private PortmapMain() {}

    public static void main(String[] arguments) {
        StopSignal stop = new StopSignal();
        Call call = new Call(Installation.NONE, stop, new Log("portmap", System.err));
        boolean succeeded =
                PluginMain.run(
                        new PortmapPlugin(),
                        call,
                        System.getenv(),
                        System.in,
                        Answer.to(System.out));
        System.exit(succeeded ? 0 : 1);
    }
}
