package dev.pontoon.ptp;

import dev.pontoon.plugin.Answer;
import dev.pontoon.plugin.Call;
import dev.pontoon.plugin.Installation;
import dev.pontoon.plugin.Log;
import dev.pontoon.plugin.PluginMain;
import dev.pontoon.plugin.StopSignal;

/** One call of the plugin in a process of its own, for tests that run without the package. */
final class PtpMain {
    private PtpMain() {}

    public static void main(String[] arguments) {
        Call call = new Call(Installation.NONE, new StopSignal(), new Log("ptp", System.err));
        boolean succeeded =
                PluginMain.run(
                        new PtpPlugin(), call, System.getenv(), System.in, Answer.to(System.out));
        System.exit(succeeded ? 0 : 1);
    }
}
