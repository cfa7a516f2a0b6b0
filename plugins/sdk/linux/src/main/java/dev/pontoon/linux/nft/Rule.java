package dev.pontoon.linux.nft;

import dev.pontoon.linux.Attributes;
import dev.pontoon.linux.uapi.NfTables;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;

/** A rule as the kernel has it. */
public final class Rule {
    private final long handle;
    private final String comment;
    private final byte[] expressions;

    Rule(long handle, String comment, byte[] expressions) {
        this.handle = handle;
        this.comment = comment;
        this.expressions = expressions;
    }

    /** The kernel's number for it, by which it is deleted; never used again in this table. */
    public long handle() {
        return handle;
    }

    /** The comment; empty if there is none. */
    public String comment() {
        return comment;
    }

    /** The chains this rule jumps or goes to by itself; where a verdict map leads is in the map. */
    public List<String> jumps() {
        List<String> chains = new ArrayList<>();
        for (Attributes expression : list().nestedList(NfTables.NFTA_LIST_ELEM)) {
            Attributes data =
                    expression.nested(NfTables.NFTA_EXPR_DATA).nested(NfTables.NFTA_IMMEDIATE_DATA);
            if ("immediate".equals(expression.text(NfTables.NFTA_EXPR_NAME).orElse(""))) {
                String chain =
                        data.nested(NfTables.NFTA_DATA_VERDICT)
                                .text(NfTables.NFTA_VERDICT_CHAIN)
                                .orElse("");
                if (!chain.isEmpty()) {
                    chains.add(chain);
                }
            }
        }
        return chains;
    }

    /** The names of the sets and maps it looks into. */
    public List<String> lookups() {
        List<String> sets = new ArrayList<>();
        for (Attributes expression : list().nestedList(NfTables.NFTA_LIST_ELEM)) {
            Attributes data = expression.nested(NfTables.NFTA_EXPR_DATA);
            String name = expression.text(NfTables.NFTA_EXPR_NAME).orElse("");
            if (name.equals("lookup")) {
                data.text(NfTables.NFTA_LOOKUP_SET).ifPresent(sets::add);
            } else if (name.equals("objref")) {
                data.text(NfTables.NFTA_OBJREF_SET_NAME).ifPresent(sets::add);
            }
        }
        return sets;
    }

    /** Whether one of these rules looks into that set or map. */
    public static boolean anyLooksInto(String set, List<Rule> rules) {
        for (Rule each : rules) {
            if (each.lookups().contains(set)) {
                return true;
            }
        }
        return false;
    }

    /**
     * What the rule says, expression by expression, without its counters and registers: equal to
     * {@link Expressions#words} of whoever says the same.
     */
    public List<String> words() {
        return ExpressionWords.of(expressions);
    }

    /** Whether it drops or rejects by itself what it matches; where it jumps to may as well. */
    public boolean refuses() {
        for (String each : words()) {
            if (ExpressionWords.isRefusal(each)) {
                return true;
            }
        }
        return false;
    }

    /**
     * What the rule would do with a packet.
     *
     * @param sets gives the elements of a set or map of the rule's table by its name
     */
    public RuleOutcome forecast(ForwardedPacket packet, Function<String, List<SetElement>> sets) {
        return new RuleForecast(packet, sets).of(list().nestedList(NfTables.NFTA_LIST_ELEM));
    }

    /**
     * Whether the text stands anywhere in the rule's expressions: an interface's name, a chain's, a
     * set's. A longer name that contains it counts as well.
     */
    public boolean mentions(String text) {
        return mentions(text.getBytes(StandardCharsets.UTF_8));
    }

    /** Whether the bytes stand anywhere in the rule's expressions: an address, for example. */
    public boolean mentions(byte... wanted) {
        for (int i = 0; i + wanted.length <= expressions.length; i++) {
            if (hasAt(i, wanted)) {
                return true;
            }
        }
        return false;
    }

    private boolean hasAt(int offset, byte[] wanted) {
        for (int i = 0; i < wanted.length; i++) {
            if (expressions[offset + i] != wanted[i]) {
                return false;
            }
        }
        return true;
    }

    private Attributes list() {
        return Attributes.read(expressions, 0, expressions.length);
    }
}
