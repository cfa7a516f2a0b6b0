package dev.pontoon.operator;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.pontoon.plugin.StopSignal;
import dev.pontoon.protocol.Attachment;
import dev.pontoon.protocol.CniException;
import dev.pontoon.protocol.ErrorCode;
import dev.pontoon.runtime.CachedResult;
import dev.pontoon.runtime.Documents;
import dev.pontoon.runtime.NetworkList;
import dev.pontoon.runtime.PluginChain;
import dev.pontoon.runtime.Target;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code pontoon gc}. */
@Command(
        name = "gc",
        description = {
            "Removes what belongs to no container any more, by DEL and GC of the network's own plugins.",
            "With --dead each attachment is detached whose namespace is gone, and nothing else is touched. With the"
                    + " other options the plugins are told which attachments are valid, and remove whatever else they have in"
                    + " this network, as runtimes have them do: nobody may be attached meanwhile."
        },
        exitCodeListHeading = "%nExit status:%n",
        exitCodeList = {
            "0:everything that was to go is gone",
            "1:something is left",
            "2:wrong usage"
        })
final class GcCommand implements Callable<Integer> {
    @Parameters(
            arity = "0..1",
            paramLabel = "NETWORK",
            description = "The network; without one --dead is about all.")
    private @Nullable String network;

    @SuppressWarnings("NullAway.Init") // picocli's to set
    @ArgGroup(multiplicity = "1")
    private By by;

    /** What decides over an attachment. */
    static final class By {
        @Option(names = "--dead", description = "Those whose namespace is gone go.")
        private boolean dead;

        @Option(
                names = "--valid",
                arity = "1..*",
                paramLabel = "CONTAINER:IFNAME",
                description = "These stay, whatever else the network has goes.")
        private @Nullable List<String> valid;

        @Option(
                names = "--valid-file",
                paramLabel = "FILE",
                description =
                        "As --valid, one CONTAINER:IFNAME a line; - is standard input. With an empty file everything"
                                + " goes.")
        private @Nullable Path validFile;

        @Option(
                names = "--from-results",
                description =
                        "Those stay of which a runtime keeps a result and whose namespace is not gone; whatever else"
                                + " the network has goes.")
        private boolean fromResults;
    }

    @Option(names = "--dry-run", description = "Tells what would go and why, and removes nothing.")
    private boolean dryRun;

    @Mixin private final NetworkOptions networks = new NetworkOptions();
    @Mixin private final RunDirOption runDir = new RunDirOption();
    @Mixin private final JsonOption json = new JsonOption();

    @SuppressWarnings("NullAway.Init") // picocli's to set
    @Spec
    private CommandSpec spec;

    /** An attachment that is to go. */
    private record Doomed(KnownAttachment known, String reason) {}

    @Override
    public Integer call() throws IOException {
        KnownAttachments all = new KnownAttachments(runDir.ledger(), NetworkOptions.results());
        if (by.dead) {
            return collectDead(all);
        }
        if (network == null) {
            throw new ParameterException(
                    spec.commandLine(), "name the network: only --dead may be about all of them");
        }
        return collectInvalid(networks.folder().require(network), all.of(network));
    }

    private int collectDead(KnownAttachments all) {
        List<Doomed> doomed = new ArrayList<>();
        for (Seen each : Seen.all(all.of(network))) {
            if (each.isGone()) {
                doomed.add(new Doomed(each.known(), each.sighting().reason()));
            }
        }
        List<String> failed = new ArrayList<>();
        List<Doomed> removed = new ArrayList<>();
        if (!dryRun) {
            for (Doomed each : doomed) {
                if (isStillDead(each, all)) {
                    detach(each, removed, failed);
                }
            }
        }
        return report(dryRun ? doomed : removed, failed);
    }

    /** The others took their time: it may have been attached anew meanwhile. */
    private static boolean isStillDead(Doomed doomed, KnownAttachments all) {
        return all.again(doomed.known)
                .filter(now -> Seen.all(List.of(now)).getFirst().isGone())
                .isPresent();
    }

    private void detach(Doomed doomed, List<Doomed> removed, List<String> failed) {
        Attachment attachment = doomed.known.attachment();
        CachedResult kept = doomed.known.kept();
        Target target = kept == null ? new Target(attachment, "") : kept.target();
        try {
            // Its path may lead to another container by now, whose interface it would cost.
            chain(list(attachment.network(), kept)).del(target.withoutNamespace());
            removed.add(doomed);
        } catch (CniException e) {
            failed.add(attachment + ": " + e.text());
        }
    }

    /** The network as it is, else as it was when the container was attached. */
    private NetworkList list(String name, @Nullable CachedResult kept) {
        try {
            return networks.folder().require(name);
        } catch (CniException e) {
            if (kept == null) {
                throw e;
            }
            return kept.list();
        }
    }

    private PluginChain chain(NetworkList list) {
        return networks.chain(list, new StopSignal(), System.err);
    }

    private int collectInvalid(NetworkList list, List<KnownAttachment> known) throws IOException {
        List<Attachment> valid = valid(list.name(), known);
        List<Doomed> doomed = new ArrayList<>();
        List<Doomed> dead = new ArrayList<>();
        for (Seen each : Seen.all(known)) {
            if (!valid.contains(each.known().attachment()) && !each.known().busy()) {
                doomed.add(new Doomed(each.known(), "it is not valid"));
                if (each.isGone()) {
                    dead.add(doomed.getLast());
                }
            }
        }
        List<String> failed = new ArrayList<>();
        if (!dryRun) {
            requireCollecting(list);
            for (Doomed each : dead) {
                detach(each, new ArrayList<>(), failed);
            }
            collect(list, valid, failed);
        }
        return report(dryRun ? doomed : gone(doomed, list.name()), failed);
    }

    private void collect(NetworkList list, List<Attachment> valid, List<String> failed) {
        try {
            chain(list).gc(valid);
        } catch (CniException e) {
            failed.add(e.text());
        }
    }

    private static void requireCollecting(NetworkList list) {
        if (list.disableGc()) {
            throw new CniException(
                    ErrorCode.INVALID_CONFIG,
                    "collect " + list.name() + ": " + list.source() + " has disableGC",
                    "several runtimes may share the network; pontoon gc --dead is safe for them");
        }
    }

    /** Plugins that have no GC leave what no result was kept of. */
    private List<Doomed> gone(List<Doomed> doomed, String name) {
        List<Attachment> left = new ArrayList<>();
        for (KnownAttachment each :
                new KnownAttachments(runDir.ledger(), NetworkOptions.results()).of(name)) {
            left.add(each.attachment());
        }
        List<Doomed> gone = new ArrayList<>();
        for (Doomed each : doomed) {
            if (!left.contains(each.known.attachment())) {
                gone.add(each);
            }
        }
        return gone;
    }

    private List<Attachment> valid(String name, List<KnownAttachment> known) throws IOException {
        if (by.fromResults) {
            return validByResults(known);
        }
        List<String> texts = by.valid == null ? List.of() : by.valid;
        if (by.validFile != null) {
            texts = read(by.validFile).lines().map(String::strip).toList();
        }
        List<Attachment> valid = new ArrayList<>();
        for (String text : texts) {
            if (!text.isEmpty()) {
                valid.add(attachment(name, text));
            }
        }
        return valid;
    }

    private static List<Attachment> validByResults(List<KnownAttachment> known) {
        List<Attachment> valid = new ArrayList<>();
        for (Seen each : Seen.all(known)) {
            if (each.known().kept() != null && !each.isGone()) {
                valid.add(each.known().attachment());
            }
        }
        return valid;
    }

    private static String read(Path file) throws IOException {
        byte[] text =
                file.toString().equals("-") ? System.in.readAllBytes() : Files.readAllBytes(file);
        return new String(text, StandardCharsets.UTF_8);
    }

    /** Neither a container's id nor an interface's name has a colon. */
    private Attachment attachment(String name, String text) {
        int colon = text.indexOf(':');
        if (colon <= 0 || colon == text.length() - 1) {
            throw new ParameterException(
                    spec.commandLine(), "\"" + text + "\" is no CONTAINER:IFNAME");
        }
        return new Attachment(name, text.substring(0, colon), text.substring(colon + 1));
    }

    private int report(List<Doomed> doomed, List<String> failed) {
        PrintWriter out = spec.commandLine().getOut();
        if (json.wanted()) {
            out.println(Documents.pretty(document(doomed, failed)));
        } else {
            for (Doomed each : doomed) {
                out.println(
                        (dryRun ? "would remove " : "removed ")
                                + each.known.attachment()
                                + ": "
                                + each.reason);
            }
            for (String each : failed) {
                out.println("failed: " + each);
            }
            tellNext(doomed, failed, out);
        }
        return failed.isEmpty() ? 0 : Reporting.FAILED;
    }

    private void tellNext(List<Doomed> doomed, List<String> failed, PrintWriter out) {
        if (doomed.isEmpty() && failed.isEmpty()) {
            out.println(
                    dryRun ? "nothing known would be removed" : "nothing known was to be removed");
        }
        if (dryRun && !by.dead) {
            out.println(
                    "plugins may have more than ledger and results tell of, and would remove that too");
        }
        if (dryRun && !doomed.isEmpty()) {
            out.println("next: the same without --dry-run");
        }
        if (!failed.isEmpty()) {
            out.println("next: mend what is told above, and repeat; what was done stays done");
        }
    }

    private ObjectNode document(List<Doomed> doomed, List<String> failed) {
        ObjectNode document = Documents.object().put("dryRun", dryRun);
        ArrayNode removed = document.putArray(dryRun ? "wouldRemove" : "removed");
        for (Doomed each : doomed) {
            Outcome.named(removed.addObject(), each.known.attachment()).put("reason", each.reason);
        }
        Seen.texts(document.putArray("failed"), failed);
        return document;
    }
}
