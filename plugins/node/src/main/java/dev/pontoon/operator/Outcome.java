package dev.pontoon.operator;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.pontoon.protocol.Attachment;
import dev.pontoon.runtime.Documents;
import picocli.CommandLine.Model.CommandSpec;

/** What a command did with one attachment, as a line or as JSON. */
final class Outcome {
    private final CommandSpec spec;
    private final JsonOption json;

    Outcome(CommandSpec spec, JsonOption json) {
        this.spec = spec;
        this.json = json;
    }

    void of(Attachment attachment, String outcome, String line) {
        ObjectNode document = named(Documents.object(), attachment).put("outcome", outcome);
        spec.commandLine().getOut().println(json.wanted() ? Documents.pretty(document) : line);
    }

    /** The keys by which every document names an attachment. */
    static ObjectNode named(ObjectNode document, Attachment attachment) {
        return document.put("network", attachment.network())
                .put("containerID", attachment.containerId())
                .put("ifname", attachment.ifname());
    }
}
