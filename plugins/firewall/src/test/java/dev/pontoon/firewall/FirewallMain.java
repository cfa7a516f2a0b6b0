package dev.pontoon.firewall;

import dev.pontoon.plugin.Answer;
import dev.pontoon.plugin.Call;
import dev.pontoon.plugin.Installation;
import dev.pontoon.plugin.Log;
import dev.pontoon.plugin.PluginMain;
import dev.pontoon.plugin.StopSignal;

/** One call of the plugin in a process of its own, for tests that run without the package. */
final class FirewallMain {
    private FirewallMain() {}

    public static void main(String[] arguments) {
        Call call = new Call(Installation.NONE, new StopSignal(), new Log("firewall", System.err));
        boolean succeeded =
                PluginMain.run(
                        new FirewallPlugin(),
                        call,
                        System.getenv(),
                        System.in,
                        Answer.to(System.out));
        System.exit(succeeded ? 0 : 1);
    }
}
