package dev.pontoon.doctor;

import dev.pontoon.protocol.Attachment;
import dev.pontoon.runtime.Documents;
import dev.pontoon.runtime.NetworkFolder;
import dev.pontoon.runtime.PluginRunner;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** The commands that detach a container as a runtime would, without a namespace. */
final class Detaching {
    private static final Path USUAL_CONF_DIR = Path.of(NetworkFolder.STANDARD);
    private static final Path USUAL_BIN_DIR = Path.of(PluginRunner.STANDARD_PATH);

    private final Node node;

    Detaching(Node node) {
        this.node = node;
    }

    /**
     * DEL of the network's plugins, or where its configuration is gone of those plugins that are
     * known to have made something.
     */
    List<String> of(Attachment attachment, List<String> plugins) {
        Optional<Network> network = node.network(attachment.network());
        return network.isPresent()
                ? List.of(byNetwork(attachment))
                : plugins.stream().map(plugin -> byPlugin(attachment, plugin)).toList();
    }

    private String byNetwork(Attachment attachment) {
        return Home.command()
                + " del "
                + Shell.word(attachment.network())
                + " --container-id "
                + Shell.word(attachment.containerId())
                + " --ifname "
                + Shell.word(attachment.ifname())
                + option("--conf-dir", node.confDir(), USUAL_CONF_DIR)
                + option("--cni-path", node.binDir(), USUAL_BIN_DIR);
    }

    private static String option(String name, Path folder, Path usual) {
        return folder.equals(usual) ? "" : " " + name + " " + Shell.word(folder.toString());
    }

    private String byPlugin(Attachment attachment, String plugin) {
        String configuration =
                Documents.object()
                        .put("cniVersion", "1.0.0")
                        .put("name", attachment.network())
                        .put("type", plugin)
                        .put("runDir", node.runDir().toString())
                        .toString();
        return "printf %s "
                + Shell.quoted(configuration)
                + " | CNI_COMMAND=DEL CNI_CONTAINERID="
                + Shell.word(attachment.containerId())
                + " CNI_IFNAME="
                + Shell.word(attachment.ifname())
                + " CNI_NETNS= CNI_PATH="
                + Shell.word(node.binDir().toString())
                + " "
                + Shell.word(node.binDir().resolve(plugin).toString());
    }
}
