package dev.pontoon.node;

import static org.assertj.core.api.Assertions.assertThat;

import dev.pontoon.testing.Host;
import dev.pontoon.testing.Output;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The resident service of a host, by the command that whoever runs the node has for it. */
final class ServiceHandle {
    private final Host host;

    ServiceHandle(Host host) {
        this.host = host;
    }

    /** {@code pontoon WORDS}, whatever its exit status. */
    Output pontoon(String... words) {
        List<String> line = new ArrayList<>(List.of(EdgeNode.dist().resolve("pontoon").toString()));
        line.addAll(List.of(words));
        return host.run(line);
    }

    void start() {
        pontoon("service", "start").ok();
    }

    void stop() {
        pontoon("service", "stop").ok();
    }

    /** What it says of itself. */
    String status() {
        return pontoon("service", "status").ok();
    }

    /** Its process. */
    String pid() {
        return told("process +(\\d+)");
    }

    /** How many calls it has served. */
    int served() {
        return Integer.parseInt(told("calls +(\\d+) served"));
    }

    private String told(String pattern) {
        Matcher found = Pattern.compile("(?m)^" + pattern).matcher(status());
        assertThat(found.find()).as(pattern).isTrue();
        return found.group(1);
    }
}
