package dev.pontoon.operator;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.pontoon.node.StopSignals;
import dev.pontoon.plugin.StopSignal;
import dev.pontoon.runtime.Documents;
import dev.pontoon.runtime.NetworkList;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** {@code pontoon add}. */
@Command(
        name = "add",
        description = {
            "Attaches a network namespace to a network, as cnitool does, and prints the result.",
            "The plugins of the network's list are run one after the other, whoever made them, and the result is kept"
                    + " where libcni keeps it. If one fails, or on Ctrl-C, what had been made is taken back."
        },
        exitCodeListHeading = "%nExit status:%n",
        exitCodeList = {"0:attached", "1:not attached", "2:wrong usage"})
final class AddCommand implements Callable<Integer> {
    @Mixin private final TargetOptions target = new TargetOptions();
    @Mixin private final NetworkOptions networks = new NetworkOptions();
    @Mixin private final JsonOption json = new JsonOption();

    @SuppressWarnings("NullAway.Init") // picocli's to set
    @Spec
    private CommandSpec spec;

    @Override
    public Integer call() {
        NetworkList list = networks.folder().require(target.network());
        StopSignal stop = new StopSignal();
        StopSignals.reach(stop);
        ObjectNode result = networks.chain(list, stop, System.err).add(target.target());
        // With or without --json: it is what a script wants of an ADD.
        spec.commandLine().getOut().println(Documents.pretty(result));
        return 0;
    }
}
