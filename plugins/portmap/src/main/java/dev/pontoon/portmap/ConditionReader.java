package dev.pontoon.portmap;

import dev.pontoon.linux.nft.Expressions;
import dev.pontoon.linux.nft.Field;
import dev.pontoon.linux.nft.Value;
import dev.pontoon.protocol.Cidr;
import dev.pontoon.protocol.CniException;
import dev.pontoon.protocol.ConfigObject;
import dev.pontoon.protocol.Ip;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Reads conditions in the words of {@code nft}: {@code ip saddr != 10.0.0.0/8 iifname { "eth0",
 * "eth1" } tcp dport 8000-8999}. What nft itself would understand and this does not is refused, not
 * passed over.
 */
final class ConditionReader {
    private static final int MOST_ALTERNATIVES = 64;
    private static final int LONGEST_INTERFACE = 15;
    private static final String WAY_OUT =
            "; known are ip/ip6 saddr and daddr, tcp/udp/sctp/th sport and dport, meta mark and"
                    + " iifname, each with != and { a, b }. \"backend\": \"iptables\" takes the words of"
                    + " iptables";

    private final ConfigObject keys;
    private final String key;
    private final boolean v4;
    private final List<String> tokens = new ArrayList<>();
    private int next;

    ConditionReader(ConfigObject keys, String key, boolean v4) {
        this.keys = keys;
        this.key = key;
        this.v4 = v4;
    }

    /** The alternatives that the words mean; one without matches for no words. */
    List<List<Consumer<Expressions>>> read(List<String> words) {
        for (String each : String.join(" ", words).replaceAll("([{},])", " $1 ").split("\\s+")) {
            if (!each.isEmpty()) {
                tokens.add(each);
            }
        }
        List<List<Consumer<Expressions>>> alternatives = List.of(List.of());
        while (next < tokens.size()) {
            alternatives = product(alternatives, readMatch());
            if (alternatives.size() > MOST_ALTERNATIVES) {
                throw keys.invalid(
                        key, "its lists make more than " + MOST_ALTERNATIVES + " combinations");
            }
        }
        return alternatives;
    }

    private static List<List<Consumer<Expressions>>> product(
            List<List<Consumer<Expressions>>> left, List<List<Consumer<Expressions>>> right) {
        List<List<Consumer<Expressions>>> all = new ArrayList<>();
        for (List<Consumer<Expressions>> one : left) {
            for (List<Consumer<Expressions>> other : right) {
                List<Consumer<Expressions>> both = new ArrayList<>(one);
                both.addAll(other);
                all.add(both);
            }
        }
        return all;
    }

    private String take() {
        if (next == tokens.size()) {
            throw keys.invalid(key, "it ends where a word is missing");
        }
        return tokens.get(next++);
    }

    /** One match; several values make several alternatives, or one if none of them may be. */
    private List<List<Consumer<Expressions>>> readMatch() {
        Operand operand = readOperand();
        boolean negated = readNegation();
        List<List<Consumer<Expressions>>> alternatives = new ArrayList<>();
        List<Consumer<Expressions>> together = new ArrayList<>();
        for (String value : readValues()) {
            Consumer<Expressions> match = operand.match(value, negated);
            together.add(match);
            alternatives.add(List.of(match));
        }
        return negated ? List.of(together) : alternatives;
    }

    private Operand readOperand() {
        String word = take();
        return switch (word) {
            case "ip", "ip6" -> address(word, take());
            case "tcp" -> port(TransportProtocol.TCP, word, take());
            case "udp" -> port(TransportProtocol.UDP, word, take());
            case "sctp" -> port(TransportProtocol.SCTP, word, take());
            case "th" -> port(null, word, take());
            case "meta" -> meta(take());
            default -> meta(word);
        };
    }

    private boolean readNegation() {
        String operator = next < tokens.size() ? tokens.get(next) : "";
        if (operator.equals("!=") || operator.equals("==")) {
            next++;
        }
        return operator.equals("!=");
    }

    private List<String> readValues() {
        String first = take();
        if (!first.equals("{")) {
            return List.of(first);
        }
        List<String> values = new ArrayList<>();
        do {
            values.add(take());
            first = take();
        } while (first.equals(","));
        if (!first.equals("}")) {
            throw unknown(first);
        }
        return values;
    }

    /** What is compared with values. */
    @FunctionalInterface
    private interface Operand {
        Consumer<Expressions> match(String value, boolean negated);
    }

    private Operand address(String protocol, String which) {
        if (protocol.equals("ip") != v4) {
            throw keys.invalid(
                    key,
                    "\"" + protocol + "\" never matches a packet of " + (v4 ? "IPv4" : "IPv6"));
        }
        Field source = v4 ? Field.IPV4_SOURCE : Field.IPV6_SOURCE;
        Field destination = v4 ? Field.IPV4_DESTINATION : Field.IPV6_DESTINATION;
        Field field =
                switch (which) {
                    case "saddr" -> source;
                    case "daddr" -> destination;
                    default -> throw unknown(which);
                };
        return (value, negated) -> {
            Cidr subnet = subnet(value);
            Value address = Value.address(subnet.address().bytes());
            return negated
                    ? rule -> rule.matchOutsideSubnet(field, address, subnet.prefixLength())
                    : rule -> rule.matchSubnet(field, address, subnet.prefixLength());
        };
    }

    private Cidr subnet(String value) {
        Optional<Cidr> subnet =
                value.indexOf('/') >= 0
                        ? Cidr.parse(value)
                        : Ip.parse(value).map(address -> new Cidr(address, address.bits()));
        return subnet.filter(each -> each.isV4() == v4)
                .orElseThrow(() ->
                        keys.invalid(
                                key,
                                "\""
                                        + value
                                        + "\" is no "
                                        + (v4 ? "IPv4" : "IPv6")
                                        + " address or"
                                        + " prefix"));
    }

    private Operand port(@Nullable TransportProtocol protocol, String word, String which) {
        Field field =
                switch (which) {
                    case "sport" -> Field.SOURCE_PORT;
                    case "dport" -> Field.DESTINATION_PORT;
                    default -> throw unknown(word + " " + which);
                };
        return (value, negated) -> {
            int dash = value.indexOf('-');
            int first = number(dash < 0 ? value : value.substring(0, dash), 0xffff);
            int last = dash < 0 ? first : number(value.substring(dash + 1), 0xffff);
            if (negated && first != last) {
                throw keys.invalid(key, "\"!= " + value + "\": a range cannot be negated here");
            }
            return rule -> {
                if (protocol != null) {
                    rule.protocol(protocol.number());
                }
                if (first != last) {
                    rule.load(field).between(Value.port(first), Value.port(last));
                } else if (negated) {
                    rule.matchOther(field, Value.port(first));
                } else {
                    rule.match(field, Value.port(first));
                }
            };
        };
    }

    private Operand meta(String word) {
        return switch (word) {
            case "mark" ->
                    (value, negated) -> compare(Field.MARK, Value.hostInt(mark(value)), negated);
            case "iifname" ->
                    (value, negated) -> compare(Field.INPUT_INTERFACE, ifname(value), negated);
            default -> throw unknown(word);
        };
    }

    private static Consumer<Expressions> compare(Field field, Value value, boolean negated) {
        return negated
                ? rule -> rule.load(field).notEqualTo(value)
                : rule -> rule.load(field).equalTo(value);
    }

    /** A name whole, or its beginning and an asterisk. */
    private Value ifname(String value) {
        String name = value.replace("\"", "");
        boolean isBeginning = name.endsWith("*");
        String compared = isBeginning ? name.substring(0, name.length() - 1) : name;
        byte[] bytes = compared.getBytes(StandardCharsets.UTF_8);
        if (bytes.length == 0 || bytes.length > LONGEST_INTERFACE) {
            throw keys.invalid(key, "\"" + value + "\" is no name of an interface");
        }
        return isBeginning ? Value.of(bytes) : Value.interfaceName(name);
    }

    private int mark(String value) {
        return (int) whole(value, 0xffff_ffffL);
    }

    private int number(String value, int last) {
        return (int) whole(value, last);
    }

    private long whole(String value, long last) {
        try {
            long number = Long.decode(value);
            if (number >= 0 && number <= last) {
                return number;
            }
        } catch (NumberFormatException e) {
            // Told below.
        }
        throw keys.invalid(key, "\"" + value + "\" is no number from 0 to " + last);
    }

    private CniException unknown(String word) {
        return keys.invalid(key, "\"" + word + "\" is not understood" + WAY_OUT);
    }
}
