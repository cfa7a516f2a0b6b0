package dev.pontoon.operator;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.pontoon.protocol.Attachment;
import dev.pontoon.runtime.Documents;
import java.io.PrintWriter;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code pontoon list}. */
@Command(
        name = "list",
        description = {
            "Lists the attachments of this node: those in the ledger of Pontoon's plugins, and those of which a runtime"
                    + " keeps a result, whoever's plugins made them.",
            "Addresses are those written down. The state is the kernel's word: attached; gone (the namespace is no"
                    + " more); unreachable (the namespace lives, but its path does not lead there from here); changed (something is missing); unfinished (an ADD that did not come to its end); busy;"
                    + " unknown."
        })
final class ListCommand implements Callable<Integer> {
    @Parameters(
            arity = "0..1",
            paramLabel = "NETWORK",
            description = "Only the attachments to this network.")
    private @Nullable String network;

    @Mixin private final RunDirOption runDir = new RunDirOption();
    @Mixin private final JsonOption json = new JsonOption();

    @SuppressWarnings("NullAway.Init") // picocli's to set
    @Spec
    private CommandSpec spec;

    @Override
    public Integer call() {
        KnownAttachments all = new KnownAttachments(runDir.ledger(), NetworkOptions.results());
        List<Seen> seen = Seen.all(all.of(network));
        PrintWriter out = spec.commandLine().getOut();
        if (json.wanted()) {
            out.println(Documents.pretty(json(seen, Instant.now())));
        } else if (seen.isEmpty()) {
            out.println("no container is attached" + (network == null ? "" : " to " + network));
            out.println(
                    "next: pontoon status tells which networks there are, pontoon add attaches");
        } else {
            out.print(table(seen, Instant.now()));
            tellNext(seen, out);
        }
        return 0;
    }

    static ObjectNode json(List<Seen> seen, Instant now) {
        ObjectNode document = Documents.object();
        ArrayNode attachments = document.putArray("attachments");
        for (Seen each : seen) {
            attachments.add(each.toJson(now));
        }
        return document;
    }

    static String table(List<Seen> seen, Instant now) {
        Table table =
                new Table("POD", "NETWORK", "CONTAINER", "INTERFACE", "ADDRESSES", "AGE", "STATE");
        for (Seen each : seen) {
            Attachment attachment = each.known().attachment();
            table.row(
                    each.known().pod(),
                    attachment.network(),
                    attachment.containerId(),
                    attachment.ifname(),
                    String.join(" ", each.addresses()),
                    Seen.age(each.known().since(), now),
                    each.state());
        }
        return table.toString();
    }

    private static void tellNext(List<Seen> seen, PrintWriter out) {
        for (Seen each : seen) {
            if (each.isGone()) {
                out.println(
                        "next: pontoon gc --dead --dry-run tells what of that would be removed");
                return;
            }
        }
    }
}
