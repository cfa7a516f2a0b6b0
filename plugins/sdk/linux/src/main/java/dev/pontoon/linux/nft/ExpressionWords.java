package dev.pontoon.linux.nft;

import dev.pontoon.linux.Attributes;
import dev.pontoon.linux.uapi.NfTables;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;

/**
 * A rule's expressions as words that can be compared: the kernel numbers registers as it likes, and
 * counters count, so rules that say the same are not equal byte by byte.
 */
final class ExpressionWords {
    private static final String DROP = "verdict 0 ";

    private ExpressionWords() {}

    /** One word for each expression of NFTA_RULE_EXPRESSIONS but counters. */
    static List<String> of(byte[] expressions) {
        List<String> words = new ArrayList<>();
        Attributes list = Attributes.read(expressions, 0, expressions.length);
        for (Attributes each : list.nestedList(NfTables.NFTA_LIST_ELEM)) {
            String name = each.text(NfTables.NFTA_EXPR_NAME).orElse("");
            if (!name.equals("counter")) {
                words.add(word(name, each.nested(NfTables.NFTA_EXPR_DATA)));
            }
        }
        return words;
    }

    static boolean isRefusal(String word) {
        return word.equals(DROP)
                || word.startsWith("reject")
                || word.startsWith("target DROP")
                || word.startsWith("target REJECT");
    }

    /** What is not known here is told by its name alone, which equals nothing that is known. */
    private static String word(String name, Attributes data) {
        return switch (name) {
            case "payload" ->
                    "payload "
                            + number(data, NfTables.NFTA_PAYLOAD_BASE)
                            + number(data, NfTables.NFTA_PAYLOAD_OFFSET)
                            + number(data, NfTables.NFTA_PAYLOAD_LEN);
            case "cmp" ->
                    "cmp "
                            + number(data, NfTables.NFTA_CMP_OP)
                            + hex(data.nested(NfTables.NFTA_CMP_DATA), NfTables.NFTA_DATA_VALUE);
            case "match" ->
                    "match "
                            + data.text(NfTables.NFTA_MATCH_NAME).orElse("")
                            + " "
                            + number(data, NfTables.NFTA_MATCH_REV)
                            + hex(data, NfTables.NFTA_MATCH_INFO);
            case "target" -> "target " + data.text(NfTables.NFTA_TARGET_NAME).orElse("");
            case "immediate" ->
                    verdict(
                            data.nested(NfTables.NFTA_IMMEDIATE_DATA)
                                    .nested(NfTables.NFTA_DATA_VERDICT));
            default -> name;
        };
    }

    private static String verdict(Attributes verdict) {
        if (!verdict.has(NfTables.NFTA_VERDICT_CODE)) {
            return "immediate";
        }
        return "verdict "
                + number(verdict, NfTables.NFTA_VERDICT_CODE)
                + verdict.text(NfTables.NFTA_VERDICT_CHAIN).orElse("");
    }

    private static String number(Attributes data, int type) {
        return data.networkInteger(type).orElse(0) + " ";
    }

    private static String hex(Attributes data, int type) {
        return HexFormat.of().formatHex(data.bytes(type).orElse(new byte[0]));
    }
}
