package dev.pontoon.linux.nft;

import dev.pontoon.linux.Attributes;
import dev.pontoon.linux.NetlinkRequest;
import dev.pontoon.linux.uapi.NfTables;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** One element of a set or map, to be added or as read from the kernel. Immutable. */
public final class SetElement {
    private final Value key;
    private final @Nullable Value data;
    private final @Nullable Verdict verdict;
    private final String counter;
    private final String comment;

    private SetElement(
            Value key,
            @Nullable Value data,
            @Nullable Verdict verdict,
            String counter,
            String comment) {
        this.key = key;
        this.data = data;
        this.verdict = verdict;
        this.counter = counter;
        this.comment = comment;
    }

    /** An element of a set. */
    public static SetElement of(Value key) {
        return new SetElement(key, null, null, "", "");
    }

    /** The same, leading to data. */
    public SetElement leadingTo(Value data) {
        return new SetElement(key, data, null, "", comment);
    }

    /** The same, leading to a verdict. */
    public SetElement leadingTo(Verdict verdict) {
        return new SetElement(key, null, verdict, "", comment);
    }

    /** The same, referring to a counter of the table. */
    public SetElement countedBy(String counter) {
        return new SetElement(key, null, null, counter, comment);
    }

    /** The same with a comment, as {@link Comments#fit} makes it; an empty one is none. */
    public SetElement commented(String comment) {
        return new SetElement(key, data, verdict, counter, Comments.fit(comment));
    }

    public Value key() {
        return key;
    }

    /** The data a map has for the key. */
    public Optional<Value> data() {
        return Optional.ofNullable(data);
    }

    /** The verdict a verdict map has for the key. */
    public Optional<Verdict> verdict() {
        return Optional.ofNullable(verdict);
    }

    /** The counter that it refers to; empty for none. */
    public String counter() {
        return counter;
    }

    /** The comment; empty if there is none. */
    public String comment() {
        return comment;
    }

    /** Writes the attributes of one NFTA_LIST_ELEM. */
    void write(NetlinkRequest out) {
        putValue(out, NfTables.NFTA_SET_ELEM_KEY, key);
        if (data != null) {
            putValue(out, NfTables.NFTA_SET_ELEM_DATA, data);
        }
        if (verdict != null) {
            putVerdict(out, verdict);
        }
        if (!counter.isEmpty()) {
            out.put(NfTables.NFTA_SET_ELEM_OBJREF, counter);
        }
        if (!comment.isEmpty()) {
            out.put(NfTables.NFTA_SET_ELEM_USERDATA, Comments.write(comment));
        }
    }

    /**
     * Reads the attributes of one NFTA_LIST_ELEM; empty for the end of a range, which is no
     * element.
     */
    static Optional<SetElement> read(Attributes element) {
        int flags = element.networkInteger(NfTables.NFTA_SET_ELEM_FLAGS).orElse(0);
        byte[] key = valueBytes(element.nested(NfTables.NFTA_SET_ELEM_KEY));
        if (key == null || (flags & NfTables.NFT_SET_ELEM_INTERVAL_END) != 0) {
            return Optional.empty();
        }
        Attributes data = element.nested(NfTables.NFTA_SET_ELEM_DATA);
        byte[] value = valueBytes(data);
        Verdict verdict = readVerdict(data.nested(NfTables.NFTA_DATA_VERDICT)).orElse(null);
        byte[] userdata = element.bytes(NfTables.NFTA_SET_ELEM_USERDATA).orElse(new byte[0]);
        return Optional.of(
                new SetElement(
                        Value.of(key),
                        value == null ? null : Value.of(value),
                        verdict,
                        element.text(NfTables.NFTA_SET_ELEM_OBJREF).orElse(""),
                        Comments.read(userdata).orElse("")));
    }

    /** The verdict in the attributes of NFTA_DATA_VERDICT. */
    static Optional<Verdict> readVerdict(Attributes verdict) {
        if (!verdict.has(NfTables.NFTA_VERDICT_CODE)) {
            return Optional.empty();
        }
        int code = verdict.networkInteger(NfTables.NFTA_VERDICT_CODE).orElse(0);
        String chain = verdict.text(NfTables.NFTA_VERDICT_CHAIN).orElse(null);
        return Optional.of(new Verdict(code, chain));
    }

    private static byte @Nullable [] valueBytes(Attributes data) {
        return data.bytes(NfTables.NFTA_DATA_VALUE).orElse(null);
    }

    private static void putValue(NetlinkRequest out, int type, Value value) {
        out.begin(type).put(NfTables.NFTA_DATA_VALUE, value.bytes()).end();
    }

    private static void putVerdict(NetlinkRequest out, Verdict verdict) {
        out.begin(NfTables.NFTA_SET_ELEM_DATA).begin(NfTables.NFTA_DATA_VERDICT);
        out.putNetworkInt(NfTables.NFTA_VERDICT_CODE, verdict.code());
        String chain = verdict.chain();
        if (chain != null) {
            out.put(NfTables.NFTA_VERDICT_CHAIN, chain);
        }
        out.end().end();
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof SetElement that
                && key.equals(that.key)
                && Objects.equals(data, that.data)
                && Objects.equals(verdict, that.verdict)
                && counter.equals(that.counter)
                && comment.equals(that.comment);
    }

    @Override
    public int hashCode() {
        return Objects.hash(key, data, verdict, counter, comment);
    }

    @Override
    public String toString() {
        String text = key.toString();
        if (data != null) {
            text += " : " + data;
        }
        if (verdict != null) {
            text += " : " + verdict;
        }
        if (!counter.isEmpty()) {
            text += " : " + counter;
        }
        return comment.isEmpty() ? text : text + " \"" + comment + "\"";
    }
}
