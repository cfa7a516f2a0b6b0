package dev.pontoon.firewall;

import static org.assertj.core.api.Assertions.assertThat;

import dev.pontoon.protocol.Ip;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class IptablesRulesTest {
    private static final List<String> EMPTY = List.of("-P FORWARD DROP");
    private static final Ip ADDRESS = Ip.parse("10.1.0.2").orElseThrow();

    /** What the table would list after these changes; good enough where order does not matter. */
    private static List<String> after(List<String> before, List<String> changes) {
        List<String> lines = new ArrayList<>(before);
        for (String each : changes) {
            String rest = each.substring(3);
            switch (each.substring(0, 2)) {
                case "-N" -> lines.add(each);
                case "-A", "-I" -> lines.add("-A " + rest);
                case "-D" -> lines.remove("-A " + rest);
                case "-F" -> lines.removeIf(line -> line.startsWith("-A " + rest + " "));
                default -> lines.remove("-N " + rest);
            }
        }
        return lines;
    }

    @Test
    void whatIsThereIsNotMadeAgain() {
        IptablesRules first = new IptablesRules(EMPTY);
        first.open(List.of(ADDRESS), "CNI-ADMIN");
        assertThat(first.changes()).hasSize(6);
        List<String> opened = after(EMPTY, first.changes());
        IptablesRules again = new IptablesRules(opened);
        again.open(List.of(ADDRESS), "CNI-ADMIN");
        assertThat(again.changes()).isEmpty();
        assertThat(again.missing(List.of(ADDRESS), "CNI-ADMIN")).isEmpty();
        assertThat(again.missing(List.of(ADDRESS), "OTHER")).contains("-j OTHER");
        again.close(ADDRESS);
        assertThat(again.changes()).hasSize(2).allMatch(change -> change.startsWith("-D "));
    }

    @Test
    void chainsOfIsolationGoWithTheLastBridge() {
        List<String> table = EMPTY;
        for (String bridge : List.of("br1", "br10")) {
            IptablesRules rules = new IptablesRules(table);
            rules.setPolicy(bridge, IngressPolicy.ISOLATED);
            table = after(table, rules.changes());
        }
        IptablesRules one = new IptablesRules(table);
        assertThat(one.policy("br1")).isEqualTo(IngressPolicy.ISOLATED);
        one.setPolicy("br1", IngressPolicy.OPEN);
        table = after(table, one.changes());
        assertThat(new IptablesRules(table).policy("br10")).isEqualTo(IngressPolicy.ISOLATED);
        IptablesRules last = new IptablesRules(table);
        last.setPolicy("br10", IngressPolicy.OPEN);
        assertThat(after(table, last.changes())).isEqualTo(EMPTY);
    }

    @Test
    void milderPolicyTakesTheStricterRuleAway() {
        IptablesRules strict = new IptablesRules(EMPTY);
        strict.setPolicy("br1", IngressPolicy.ISOLATED);
        IptablesRules mild = new IptablesRules(after(EMPTY, strict.changes()));
        mild.setPolicy("br1", IngressPolicy.SAME_BRIDGE);
        assertThat(mild.changes()).hasSize(1);
        assertThat(
                        new IptablesRules(after(after(EMPTY, strict.changes()), mild.changes()))
                                .policy("br1"))
                .isEqualTo(IngressPolicy.SAME_BRIDGE);
    }
}
