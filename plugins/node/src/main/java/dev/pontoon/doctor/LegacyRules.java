package dev.pontoon.doctor;

import dev.pontoon.linux.nft.Conntrack;
import dev.pontoon.linux.nft.ForwardedPacket;
import dev.pontoon.linux.nft.RuleOutcome;
import dev.pontoon.linux.nft.RuleOutcome.Action;
import dev.pontoon.protocol.Cidr;
import dev.pontoon.protocol.Ip;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;

/** A table as {@code iptables -S} prints it, and what its rules would do with a packet. */
final class LegacyRules {
    private static final Set<String> WITHOUT_VERDICT =
            Set.of("LOG", "NFLOG", "MARK", "CONNMARK", "TCPMSS", "CT", "NOTRACK", "TRACE");

    private final List<String> lines;

    LegacyRules(List<String> lines) {
        this.lines = lines;
    }

    boolean dropsByDefault(String chain) {
        return lines.contains("-P " + chain + " DROP");
    }

    List<RuleOutcome> outcomes(String chain, ForwardedPacket packet) {
        List<RuleOutcome> outcomes = new ArrayList<>();
        for (String line : lines) {
            if (line.startsWith("-A " + chain + " ")) {
                outcomes.add(outcome(words(line).subList(2, words(line).size()), packet));
            }
        }
        return outcomes;
    }

    /** A comment in quotes is one word. */
    private static List<String> words(String line) {
        return Arrays.asList(line.replaceAll("\"(\\\\.|[^\"\\\\])*\"", "text").split(" +"));
    }

    private static RuleOutcome outcome(List<String> words, ForwardedPacket packet) {
        boolean certain = true;
        boolean inverted = false;
        for (int i = 0; i < words.size(); i++) {
            String value = i + 1 < words.size() ? words.get(i + 1) : "";
            Answer answer = Answer.YES;
            switch (words.get(i)) {
                case "!" -> {
                    inverted = true;
                    continue;
                }
                case "-j", "-g" -> {
                    return target(certain, words.get(i).equals("-g"), value);
                }
                case "-s" -> answer = in(value, packet.source());
                case "-d" -> answer = in(value, packet.destination());
                case "-i" -> answer = is(value, packet.in());
                case "-o" -> answer = is(value, packet.out());
                case "--ctstate", "--state" -> answer = state(value, packet.state());
                case "-m" -> answer = Answer.YES;
                case "--comment" -> answer = Answer.YES;
                default -> {
                    answer = Answer.UNKNOWN;
                    // Its value, if it has one, is no option.
                    i -= value.startsWith("-") || value.equals("!") ? 1 : 0;
                }
            }
            i++;
            if (answer == Answer.UNKNOWN) {
                certain = false;
            } else if ((answer == Answer.YES) == inverted) {
                return RuleOutcome.NONE;
            }
            inverted = false;
        }
        return RuleOutcome.NONE;
    }

    private enum Answer {
        YES,
        NO,
        UNKNOWN
    }

    private static Answer of(boolean yes) {
        return yes ? Answer.YES : Answer.NO;
    }

    private static Answer in(String network, byte[] address) {
        return address.length == 0
                ? Answer.UNKNOWN
                : Cidr.parse(network)
                        .map(each -> of(each.contains(Ip.of(address))))
                        .orElse(Answer.UNKNOWN);
    }

    /** A plus at the end stands for any ending. */
    private static Answer is(String pattern, String link) {
        if (link.isEmpty()) {
            return Answer.UNKNOWN;
        }
        return of(
                pattern.endsWith("+")
                        ? link.startsWith(pattern.substring(0, pattern.length() - 1))
                        : link.equals(pattern));
    }

    private static Answer state(String names, int state) {
        for (String name : names.split(",")) {
            int bit =
                    switch (name) {
                        case "NEW" -> Conntrack.STATE_NEW;
                        case "ESTABLISHED" -> Conntrack.STATE_ESTABLISHED;
                        case "RELATED" -> Conntrack.STATE_RELATED;
                        default -> 0;
                    };
            if ((bit & state) != 0) {
                return Answer.YES;
            }
        }
        return Answer.NO;
    }

    private static RuleOutcome target(boolean certain, boolean isGoto, String target) {
        if (WITHOUT_VERDICT.contains(target)) {
            return RuleOutcome.NONE;
        }
        return switch (target) {
            case "ACCEPT" -> new RuleOutcome(certain, Action.ACCEPT, "");
            case "DROP", "REJECT" -> new RuleOutcome(certain, Action.REFUSE, "");
            case "RETURN" -> new RuleOutcome(certain, Action.RETURN, "");
            default -> new RuleOutcome(certain, isGoto ? Action.GOTO : Action.JUMP, target);
        };
    }
}
