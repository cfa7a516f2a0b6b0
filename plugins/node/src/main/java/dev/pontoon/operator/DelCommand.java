package dev.pontoon.operator;

import dev.pontoon.plugin.StopSignal;
import dev.pontoon.protocol.Attachment;
import dev.pontoon.runtime.NetworkList;
import dev.pontoon.runtime.Target;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** {@code pontoon del}. */
@Command(
        name = "del",
        description = {
            "Detaches a network namespace from a network, as cnitool does.",
            "The plugins are run in the reverse order, with the result that was kept of the ADD. A namespace that is"
                    + " gone is no error."
        },
        exitCodeListHeading = "%nExit status:%n",
        exitCodeList = {"0:detached", "1:something failed, and may be repeated", "2:wrong usage"})
final class DelCommand implements Callable<Integer> {
    @Mixin private final TargetOptions target = new TargetOptions();
    @Mixin private final NetworkOptions networks = new NetworkOptions();
    @Mixin private final JsonOption json = new JsonOption();

    @SuppressWarnings("NullAway.Init") // picocli's to set
    @Spec
    private CommandSpec spec;

    @Override
    public Integer call() {
        NetworkList list = networks.folder().require(target.network());
        Target whom = target.target();
        networks.chain(list, new StopSignal(), System.err).del(whom);
        Attachment gone = whom.attachmentTo(list.name());
        new Outcome(spec, json).of(gone, "detached", "detached " + gone);
        return 0;
    }
}
