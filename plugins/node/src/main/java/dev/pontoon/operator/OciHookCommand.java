package dev.pontoon.operator;

import dev.pontoon.node.StopSignals;
import dev.pontoon.plugin.StopSignal;
import dev.pontoon.protocol.CniException;
import dev.pontoon.protocol.ErrorCode;
import dev.pontoon.runtime.Documents;
import dev.pontoon.runtime.NetworkFolder;
import dev.pontoon.runtime.PluginChain;
import dev.pontoon.runtime.Target;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** {@code pontoon oci-hook}. */
@Command(
        name = "oci-hook",
        description = {
            "Gives a container of runc, crun or any other OCI runtime its network, as the hook createRuntime (ADD) and"
                    + " as the hook poststop (DEL) of its config.json, which leaves the network namespace to the runtime"
                    + " (no path).",
            "Reads the container's state on standard input and goes by its status. Annotations of the container:"
                    + " dev.pontoon.cni-args is CNI_ARGS, dev.pontoon.cap-args is what plugins get by their capabilities, such as"
                    + " port mappings."
        })
final class OciHookCommand implements Callable<Integer> {
    private static final int LONGEST_STATE = 1 << 20;

    @SuppressWarnings("NullAway.Init") // picocli's to set
    @Parameters(
            arity = "1..*",
            paramLabel = "NETWORK",
            description = "The networks; the interfaces are eth0, eth1 and so on in this order.")
    private List<String> names;

    @Mixin private final NetworkOptions networks = new NetworkOptions();

    @Override
    public Integer call() throws IOException {
        OciState state =
                OciState.read(
                        Documents.readObject(
                                System.in.readNBytes(LONGEST_STATE), "the container's state"));
        if (state.isBeforeStart()) {
            add(state);
        } else if (state.isStopped()) {
            del(state);
        } else {
            throw new CniException(
                    ErrorCode.INVALID_ENVIRONMENT,
                    "container " + state.id() + " is \"" + state.status() + "\"",
                    "oci-hook belongs to the hooks createRuntime and poststop");
        }
        return 0;
    }

    /** All networks or none: a hook that failed may be the last that is heard of the container. */
    private void add(OciState state) {
        StopSignal stop = new StopSignal();
        StopSignals.reach(stop);
        List<Target> attached = new ArrayList<>();
        try {
            for (String name : names) {
                Target target = state.target(attached.size());
                chain(name, stop).add(target);
                attached.add(target);
            }
        } catch (CniException e) {
            throw takenBack(e, attached);
        }
    }

    private CniException takenBack(CniException e, List<Target> attached) {
        StringBuilder details = new StringBuilder(e.details());
        for (int i = attached.size() - 1; i >= 0; i--) {
            try {
                chain(names.get(i), new StopSignal()).del(attached.get(i));
            } catch (CniException refused) {
                details.append("; detach from ")
                        .append(names.get(i))
                        .append(": ")
                        .append(refused.text());
            }
        }
        return new CniException(e.code(), e.text(), details.toString()).because(e);
    }

    /** Every network, whatever becomes of the others. */
    private void del(OciState state) {
        List<String> failed = new ArrayList<>();
        for (int i = names.size() - 1; i >= 0; i--) {
            try {
                chain(names.get(i), new StopSignal()).del(state.target(i).withoutNamespace());
            } catch (CniException e) {
                failed.add(names.get(i) + ": " + e.text());
            }
        }
        if (!failed.isEmpty()) {
            throw new CniException(
                    ErrorCode.CLEANUP_INCOMPLETE,
                    "detach container " + state.id() + ": " + String.join("; ", failed),
                    "pontoon gc --dead does it later");
        }
    }

    private PluginChain chain(String name, StopSignal stop) {
        NetworkFolder folder = networks.folder();
        return networks.chain(folder.require(name), stop, System.err);
    }
}
