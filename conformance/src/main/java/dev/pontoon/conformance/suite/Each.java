package dev.pontoon.conformance.suite;

import dev.pontoon.conformance.lab.Lab;
import dev.pontoon.conformance.lab.Unmet;
import dev.pontoon.conformance.spec.CniVersion;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.function.Consumer;

/** The same demand tried with several values, so that a finding says which of them it was. */
final class Each {

    private Each() {}

    /**
     * Tries a demand with each value, until one fails.
     *
     * @param what of the value: {@code CNI_IFNAME}
     */
    static void over(String what, Collection<String> values, Consumer<String> demand) {
        for (String value : values) {
            try {
                demand.accept(value);
            } catch (Unmet e) {
                String where = "with " + what + " " + shown(value) + ": ";
                throw new Unmet(e.expected().stream().map(where::concat).toList(), e.actual());
            }
        }
    }

    /** A value of which a reader sees every character and its end. */
    private static String shown(String value) {
        String text = value.replace("\n", "\\n").replace("\t", "\\t");
        return text.length() <= 60 ? "'" + text + "'" : "'" + text.substring(0, 60) + "...'";
    }

    /** The operations on an attachment that the version has. */
    static List<String> attachmentCommands(Lab lab) {
        return lab.version().atLeast(CniVersion.V0_4_0)
                ? List.of("ADD", "DEL", "CHECK")
                : List.of("ADD", "DEL");
    }

    /** All operations that get a configuration, as far as the version has them. */
    static List<String> commands(Lab lab) {
        List<String> all = new ArrayList<>(attachmentCommands(lab));
        if (lab.version().atLeast(CniVersion.V1_1_0)) {
            all.addAll(List.of("GC", "STATUS"));
        }
        return all;
    }
}
