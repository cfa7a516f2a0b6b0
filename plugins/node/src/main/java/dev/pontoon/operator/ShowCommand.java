package dev.pontoon.operator;

import dev.pontoon.linux.NetlinkSocket;
import dev.pontoon.protocol.CniException;
import dev.pontoon.protocol.ErrorCode;
import dev.pontoon.runtime.Documents;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code pontoon show}. */
@Command(
        name = "show",
        description = {
            "Draws how the containers of this node are wired: bridges and links of the host, the veth pairs, each"
                    + " container's interface with addresses and routes as the kernel has them, and ports, masquerading and"
                    + " firewall as the ledger has them. What is gone has dashed lines. Interfaces lo are left out."
        })
final class ShowCommand implements Callable<Integer> {
    @Parameters(
            arity = "0..1",
            paramLabel = "NETWORK",
            description = "Only the attachments to this network.")
    private @Nullable String network;

    @Option(
            names = "--svg",
            paramLabel = "FILE",
            description = "Writes the picture there as SVG, instead of drawing it here.")
    private @Nullable Path svg;

    @Mixin private final RunDirOption runDir = new RunDirOption();
    @Mixin private final JsonOption json = new JsonOption();

    @SuppressWarnings("NullAway.Init") // picocli's to set
    @Spec
    private CommandSpec spec;

    @Override
    public Integer call() {
        KnownAttachments all = new KnownAttachments(runDir.ledger(), NetworkOptions.results());
        List<Seen> seen = Seen.all(all.of(network));
        Wiring wiring;
        try (NetlinkSocket host = NetlinkSocket.route()) {
            wiring = Wiring.of(seen, host);
        }
        PrintWriter out = spec.commandLine().getOut();
        if (json.wanted()) {
            out.println(Documents.pretty(wiring.toJson()));
        } else if (wiring.isEmpty()) {
            out.println(
                    "nothing to draw: no container is attached"
                            + (network == null ? "" : " to " + network));
            out.println(
                    "next: pontoon status tells which networks there are, pontoon add attaches");
        } else if (svg == null) {
            out.print(TerminalDrawing.of(wiring));
        }
        if (svg != null && !wiring.isEmpty()) {
            write(svg, SvgDrawing.of(wiring));
            if (!json.wanted()) {
                out.println("drew " + wiring.size() + " attachments into " + svg);
                out.println("next: open it in a browser");
            }
        }
        return 0;
    }

    private static void write(Path file, String text) {
        try {
            Files.writeString(file, text);
        } catch (IOException e) {
            throw new CniException(ErrorCode.IO_FAILURE, "write " + file + ": " + e).because(e);
        }
    }
}
