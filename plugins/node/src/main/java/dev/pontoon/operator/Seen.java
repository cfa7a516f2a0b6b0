package dev.pontoon.operator;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.pontoon.linux.Links;
import dev.pontoon.linux.NetlinkSocket;
import dev.pontoon.protocol.Cidr;
import dev.pontoon.runtime.Documents;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/** An attachment as it is written down, and as the kernel has it. */
record Seen(KnownAttachment known, Sighting sighting) {
    /** Looks at each. */
    static List<Seen> all(List<KnownAttachment> known) {
        List<Seen> seen = new ArrayList<>();
        try (NetlinkSocket route = NetlinkSocket.route()) {
            Links host = new Links(route);
            for (KnownAttachment each : known) {
                seen.add(new Seen(each, Sighting.of(each, host)));
            }
        }
        return seen;
    }

    boolean isGone() {
        return sighting.state() == Sighting.State.GONE;
    }

    /** The state in words: {@code attached}, or {@code gone: no namespace at /run/netns/c1}. */
    String state() {
        return sighting.reason().isEmpty()
                ? sighting.state().word()
                : sighting.state().word() + ": " + sighting.reason();
    }

    /** What is written down, which is what the container had even if it is gone. */
    List<String> addresses() {
        List<Cidr> addresses =
                known.addresses().isEmpty() ? sighting.addresses() : known.addresses();
        List<String> texts = new ArrayList<>();
        for (Cidr each : addresses) {
            texts.add(each.toString());
        }
        return texts;
    }

    /** In the largest unit that makes sense: {@code 41 s}, {@code 3 h}. */
    static String age(Instant since, Instant now) {
        long seconds = Math.max(0, Duration.between(since, now).toSeconds());
        if (seconds < 120) {
            return seconds + " s";
        }
        if (seconds < 2 * 3600) {
            return seconds / 60 + " min";
        }
        return seconds < 2 * 86400 ? seconds / 3600 + " h" : seconds / 86400 + " d";
    }

    ObjectNode toJson(Instant now) {
        ObjectNode json = Outcome.named(Documents.object(), known.attachment());
        json.put("state", sighting.state().word());
        if (!sighting.reason().isEmpty()) {
            json.put("reason", sighting.reason());
        }
        if (!known.pod().isEmpty()) {
            json.put("pod", known.pod());
        }
        json.put("netns", known.netns());
        texts(json.putArray("addresses"), addresses());
        json.put("since", known.since().toString());
        json.put("ageSeconds", Math.max(0, Duration.between(known.since(), now).toSeconds()));
        texts(json.putArray("plugins"), known.plugins());
        json.put("resultKept", known.kept() != null);
        return json;
    }

    static void texts(ArrayNode array, List<String> texts) {
        for (String each : texts) {
            array.add(each);
        }
    }
}
