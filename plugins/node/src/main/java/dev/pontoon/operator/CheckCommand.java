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

/** {@code pontoon check}. */
@Command(
        name = "check",
        description = {
            "Has the plugins of a network look whether an attachment is still what it was after its ADD, as cnitool"
                    + " does.",
            "A list with disableCheck is not asked; one of a version before 0.4.0 cannot be."
        },
        exitCodeListHeading = "%nExit status:%n",
        exitCodeList = {
            "0:it is what it was, or is not to be checked",
            "1:it is not",
            "2:wrong usage"
        })
final class CheckCommand implements Callable<Integer> {
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
        boolean asked = networks.chain(list, new StopSignal(), System.err).check(whom);
        Attachment attachment = whom.attachmentTo(list.name());
        String line =
                asked
                        ? attachment + " is what it was after its ADD"
                        : "not checked: the list of " + list.name() + " has disableCheck";
        new Outcome(spec, json).of(attachment, asked ? "checked" : "not checked", line);
        return 0;
    }
}
