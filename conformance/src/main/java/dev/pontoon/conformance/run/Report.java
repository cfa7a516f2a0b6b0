package dev.pontoon.conformance.run;

import dev.pontoon.conformance.namespace.NamespaceBuilder;
import java.time.Duration;
import java.time.Instant;
import java.util.List;

/**
 * What a run found.
 *
 * @param folder the plugins' folder, or the file of the network, as the user gave it
 * @param plugins one line on each plugin: its type and what its VERSION answered
 * @param builders those that were asked for
 * @param unavailable those of them that cannot work on this machine, with the reason
 * @param verdicts in the order of subjects, builders and cases
 * @param machine kernel and distribution, in words
 * @param started when the run began
 * @param duration how long it took
 */
public record Report(
        String folder,
        List<Plugin> plugins,
        List<NamespaceBuilder> builders,
        List<Unavailable> unavailable,
        List<Verdict> verdicts,
        String machine,
        Instant started,
        Duration duration) {

    public Report {
        plugins = List.copyOf(plugins);
        builders = List.copyOf(builders);
        unavailable = List.copyOf(unavailable);
        verdicts = List.copyOf(verdicts);
    }

    /**
     * A plugin that was judged.
     *
     * @param type its name
     * @param versions what its VERSION answered, or nothing when it did not
     */
    public record Plugin(String type, List<String> versions) {
        public Plugin {
            versions = List.copyOf(versions);
        }
    }

    /** A builder that cannot work on this machine. */
    public record Unavailable(String builder, String reason) {}
}
