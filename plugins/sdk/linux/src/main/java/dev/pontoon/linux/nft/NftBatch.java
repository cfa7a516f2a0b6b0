package dev.pontoon.linux.nft;

import dev.pontoon.linux.NetlinkRequest;
import dev.pontoon.linux.uapi.Netlink;
import dev.pontoon.linux.uapi.NfNetlink;
import dev.pontoon.linux.uapi.NfTables;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Changes that are made together or not at all, in this order. Collecting them costs nothing and
 * touches nothing; {@link Nftables#commit} makes them.
 *
 * <p>"Ensure" means: there afterwards, whether or not it was there before. Something of the same
 * name but of another kind is refused (EEXIST or EINVAL). There is no "delete if it is there",
 * which kernels know since 6.3 only: for tables, chains and sets, ensure then delete in one batch
 * does the same; for elements and rules, look first or cope with ENOENT.
 */
public final class NftBatch {
    private final List<NetlinkRequest> requests = new ArrayList<>();
    private int sets;

    /** Makes sure that there is such a table. */
    public NftBatch ensureTable(Table table) {
        Names.requireReadable("table", table.name());
        NetlinkRequest request =
                request(
                        table,
                        NfTables.NFT_MSG_NEWTABLE,
                        Netlink.NLM_F_CREATE,
                        "create table " + table);
        request.put(NfTables.NFTA_TABLE_NAME, table.name());
        request.putNetworkInt(NfTables.NFTA_TABLE_FLAGS, 0);
        return this;
    }

    /** Removes the table with all it has. */
    public NftBatch deleteTable(Table table) {
        request(table, NfTables.NFT_MSG_DELTABLE, 0, "delete table " + table)
                .put(NfTables.NFTA_TABLE_NAME, table.name());
        return this;
    }

    /** Makes sure that there is such a chain, for jumps to lead to. */
    public NftBatch ensureChain(Table table, String chain) {
        newChain(table, chain, Netlink.NLM_F_CREATE);
        return this;
    }

    /**
     * Makes sure that there is such a base chain; a policy that differs is set, a hook that differs
     * refused.
     */
    public NftBatch ensureBaseChain(Table table, String chain, BaseChain base) {
        return baseChain(table, chain, Netlink.NLM_F_CREATE, base);
    }

    private NftBatch baseChain(Table table, String chain, int flags, BaseChain base) {
        NetlinkRequest request = newChain(table, chain, flags);
        request.put(NfTables.NFTA_CHAIN_TYPE, base.type());
        request.putNetworkInt(NfTables.NFTA_CHAIN_POLICY, base.dropsByDefault() ? 0 : 1);
        request.begin(NfTables.NFTA_CHAIN_HOOK);
        request.putNetworkInt(NfTables.NFTA_HOOK_HOOKNUM, base.hook().number());
        request.putNetworkInt(NfTables.NFTA_HOOK_PRIORITY, base.priority());
        request.end();
        return this;
    }

    /** Creates a base chain; EEXIST if there is a chain of that name. */
    public NftBatch createBaseChain(Table table, String chain, BaseChain base) {
        return baseChain(table, chain, Netlink.NLM_F_CREATE | Netlink.NLM_F_EXCL, base);
    }

    /** Removes all rules of a chain; ENOENT if there is no such chain. */
    public NftBatch flushChain(Table table, String chain) {
        rule(table, chain, NfTables.NFT_MSG_DELRULE, 0, "flush chain " + table + " " + chain);
        return this;
    }

    /** Removes a chain with its rules; EBUSY while something jumps to it. */
    public NftBatch deleteChain(Table table, String chain) {
        NetlinkRequest request =
                request(table, NfTables.NFT_MSG_DELCHAIN, 0, "delete chain " + table + " " + chain);
        request.put(NfTables.NFTA_CHAIN_TABLE, table.name());
        request.put(NfTables.NFTA_CHAIN_NAME, chain);
        return this;
    }

    /**
     * Adds a rule behind those the chain has. An empty comment is none; see {@link Comments#fit}.
     */
    public NftBatch addRule(Table table, String chain, Expressions rule, String comment) {
        int flags = Netlink.NLM_F_CREATE | Netlink.NLM_F_APPEND;
        body(newRule(table, chain, flags, "add rule to "), rule, comment);
        return this;
    }

    /** Adds a rule before those the chain has. */
    public NftBatch insertRule(Table table, String chain, Expressions rule, String comment) {
        body(newRule(table, chain, Netlink.NLM_F_CREATE, "insert rule into "), rule, comment);
        return this;
    }

    /** Puts a rule in the place of the one with this handle; it gets a handle of its own. */
    public NftBatch replaceRule(
            Table table, String chain, long handle, Expressions rule, String comment) {
        String what = "replace rule " + handle + " of ";
        NetlinkRequest request = newRule(table, chain, Netlink.NLM_F_REPLACE, what);
        request.putNetworkLong(NfTables.NFTA_RULE_HANDLE, handle);
        body(request, rule, comment);
        return this;
    }

    /** Removes the rule with this handle. */
    public NftBatch deleteRule(Table table, String chain, long handle) {
        String operation = "delete rule " + handle + " of " + table + " " + chain;
        rule(table, chain, NfTables.NFT_MSG_DELRULE, 0, operation)
                .putNetworkLong(NfTables.NFTA_RULE_HANDLE, handle);
        return this;
    }

    /**
     * Makes sure that there is such a set or map. One of the same name that holds other things is
     * refused by kernels since 6.1 or so; older ones keep it and refuse the elements that do not
     * fit.
     */
    public NftBatch ensureSet(Table table, SetDefinition set) {
        String operation = "create set " + table + " " + set.name();
        NetlinkRequest request =
                request(table, NfTables.NFT_MSG_NEWSET, Netlink.NLM_F_CREATE, operation);
        request.put(NfTables.NFTA_SET_TABLE, table.name());
        request.put(NfTables.NFTA_SET_NAME, set.name());
        request.putNetworkInt(NfTables.NFTA_SET_FLAGS, flags(set));
        request.putNetworkInt(NfTables.NFTA_SET_KEY_TYPE, SetDefinition.typeNumber(set.key()));
        request.putNetworkInt(NfTables.NFTA_SET_KEY_LEN, SetDefinition.length(set.key()));
        if (set.isMap()) {
            request.putNetworkInt(NfTables.NFTA_SET_DATA_TYPE, dataType(set));
            request.putNetworkInt(NfTables.NFTA_SET_DATA_LEN, SetDefinition.length(set.data()));
        }
        if (set.holdsCounters()) {
            request.putNetworkInt(NfTables.NFTA_SET_OBJ_TYPE, NfTables.NFT_OBJECT_COUNTER);
        }
        request.putNetworkInt(NfTables.NFTA_SET_ID, ++sets);
        request.put(NfTables.NFTA_SET_USERDATA, userdata(set));
        return this;
    }

    /** Removes a set or map with its elements; EBUSY while a rule looks into it. */
    public NftBatch deleteSet(Table table, String set) {
        NetlinkRequest request =
                request(table, NfTables.NFT_MSG_DELSET, 0, "delete set " + table + " " + set);
        request.put(NfTables.NFTA_SET_TABLE, table.name());
        request.put(NfTables.NFTA_SET_NAME, set);
        return this;
    }

    /** Creates a counter, which elements and rules refer to by its name; EEXIST if there is one. */
    public NftBatch createCounter(Table table, String counter) {
        Names.requireReadable("counter", counter);
        int flags = Netlink.NLM_F_CREATE | Netlink.NLM_F_EXCL;
        NetlinkRequest request =
                counter(table, counter, NfTables.NFT_MSG_NEWOBJ, flags, "create counter ");
        request.begin(NfTables.NFTA_OBJ_DATA);
        request.putNetworkLong(NfTables.NFTA_COUNTER_BYTES, 0);
        request.end();
        return this;
    }

    /** Removes a counter; EBUSY while something refers to it. */
    public NftBatch deleteCounter(Table table, String counter) {
        counter(table, counter, NfTables.NFT_MSG_DELOBJ, 0, "delete counter ");
        return this;
    }

    private NetlinkRequest counter(
            Table table, String counter, int message, int flags, String what) {
        NetlinkRequest request = request(table, message, flags, what + table + " " + counter);
        request.put(NfTables.NFTA_OBJ_TABLE, table.name());
        request.put(NfTables.NFTA_OBJ_NAME, counter);
        request.putNetworkInt(NfTables.NFTA_OBJ_TYPE, NfTables.NFT_OBJECT_COUNTER);
        return request;
    }

    /**
     * Makes sure that the set or map has the element. A key that leads to something else already is
     * refused (EEXIST or EBUSY); one that leads to the same keeps the comment it has.
     */
    public NftBatch addElement(Table table, String set, SetElement element) {
        element.write(oneElement(table, set, Netlink.NLM_F_CREATE, "add", element.key()));
        return finishElements();
    }

    /** Adds an element; EEXIST if the key is taken, whatever it leads to. */
    public NftBatch createElement(Table table, String set, SetElement element) {
        int flags = Netlink.NLM_F_CREATE | Netlink.NLM_F_EXCL;
        element.write(oneElement(table, set, flags, "add", element.key()));
        return finishElements();
    }

    /**
     * Removes the element of this key; ENOENT if there is none. It may be added again in the same
     * batch.
     */
    public NftBatch deleteElement(Table table, String set, Value key) {
        SetElement.of(key).write(deletion(table, set, key));
        return finishElements();
    }

    /** Adds a range to a set of ranges, both ends included; EEXIST if it overlaps another one. */
    public NftBatch addRange(Table table, String set, SetElement first, Value last) {
        first.write(oneElement(table, set, Netlink.NLM_F_CREATE, "add", first.key()));
        return endOfRange(last);
    }

    /** Removes a range that was added with these ends. */
    public NftBatch deleteRange(Table table, String set, Value first, Value last) {
        SetElement.of(first).write(deletion(table, set, first));
        return endOfRange(last);
    }

    /** Removes all elements of a set or map. */
    public NftBatch flushSet(Table table, String set) {
        elements(table, set, NfTables.NFT_MSG_DELSETELEM, 0, "flush set " + table + " " + set);
        return this;
    }

    public boolean isEmpty() {
        return requests.isEmpty();
    }

    /** How many changes it has. */
    public int size() {
        return requests.size();
    }

    /** A batch of one message out of another batch. */
    static NftBatch of(NetlinkRequest request) {
        NftBatch batch = new NftBatch();
        batch.requests.add(request);
        return batch;
    }

    /** The messages, without those that begin and end a batch. */
    List<NetlinkRequest> requests() {
        return requests;
    }

    private NetlinkRequest newChain(Table table, String chain, int flags) {
        Names.requireReadable("chain", chain);
        String operation = "create chain " + table + " " + chain;
        NetlinkRequest request = request(table, NfTables.NFT_MSG_NEWCHAIN, flags, operation);
        request.put(NfTables.NFTA_CHAIN_TABLE, table.name());
        return request.put(NfTables.NFTA_CHAIN_NAME, chain);
    }

    private NetlinkRequest newRule(Table table, String chain, int flags, String what) {
        return rule(table, chain, NfTables.NFT_MSG_NEWRULE, flags, what + table + " " + chain);
    }

    private NetlinkRequest rule(
            Table table, String chain, int message, int flags, String operation) {
        NetlinkRequest request = request(table, message, flags, operation);
        request.put(NfTables.NFTA_RULE_TABLE, table.name());
        return request.put(NfTables.NFTA_RULE_CHAIN, chain);
    }

    private static void body(NetlinkRequest request, Expressions rule, String comment) {
        request.put(NfTables.NFTA_RULE_EXPRESSIONS | Netlink.NLA_F_NESTED, rule.toBytes());
        if (!comment.isEmpty()) {
            request.put(NfTables.NFTA_RULE_USERDATA, Comments.write(comment));
        }
    }

    private NetlinkRequest oneElement(Table table, String set, int flags, String verb, Value key) {
        String operation = verb + " element " + key + " to " + table + " " + set;
        NetlinkRequest request =
                elements(table, set, NfTables.NFT_MSG_NEWSETELEM, flags, operation);
        return request.begin(NfTables.NFTA_SET_ELEM_LIST_ELEMENTS).begin(NfTables.NFTA_LIST_ELEM);
    }

    private NetlinkRequest deletion(Table table, String set, Value key) {
        String operation = "delete element " + key + " of " + table + " " + set;
        NetlinkRequest request = elements(table, set, NfTables.NFT_MSG_DELSETELEM, 0, operation);
        return request.begin(NfTables.NFTA_SET_ELEM_LIST_ELEMENTS).begin(NfTables.NFTA_LIST_ELEM);
    }

    private NetlinkRequest elements(
            Table table, String set, int message, int flags, String operation) {
        NetlinkRequest request = request(table, message, flags, operation);
        request.put(NfTables.NFTA_SET_ELEM_LIST_TABLE, table.name());
        return request.put(NfTables.NFTA_SET_ELEM_LIST_SET, set);
    }

    private NftBatch finishElements() {
        requests.get(requests.size() - 1).end().end();
        return this;
    }

    private NftBatch endOfRange(Value last) {
        NetlinkRequest request = requests.get(requests.size() - 1).end();
        byte[] end = successor(last.bytes());
        // A range up to the highest value has no end.
        if (end.length > 0) {
            request.begin(NfTables.NFTA_LIST_ELEM);
            request.putNetworkInt(NfTables.NFTA_SET_ELEM_FLAGS, NfTables.NFT_SET_ELEM_INTERVAL_END);
            request.begin(NfTables.NFTA_SET_ELEM_KEY).put(NfTables.NFTA_DATA_VALUE, end).end();
            request.end();
        }
        request.end();
        return this;
    }

    private static byte[] successor(byte[] bytes) {
        byte[] next = bytes.clone();
        for (int i = next.length - 1; i >= 0; i--) {
            if (++next[i] != 0) {
                return next;
            }
        }
        return new byte[0];
    }

    private static int flags(SetDefinition set) {
        int flags = set.isMap() ? NfTables.NFT_SET_MAP : 0;
        flags |= set.holdsCounters() ? NfTables.NFT_SET_OBJECT : 0;
        return set.holdsRanges() ? flags | NfTables.NFT_SET_INTERVAL : flags;
    }

    private static int dataType(SetDefinition set) {
        return set.holdsVerdicts()
                ? NfTables.NFT_DATA_VERDICT
                : SetDefinition.typeNumber(set.data());
    }

    // What nft notes for itself: u8 type, u8 length, u32 in the machine's order. Type 0 is the byte
    // order of
    // the key, type 1 that of the data. Without it nft prints marks and names back to front.
    private static byte[] userdata(SetDefinition set) {
        ByteBuffer out = ByteBuffer.allocate(12).order(ByteOrder.nativeOrder());
        out.put((byte) 0).put((byte) 4).putInt(SetDefinition.byteOrder(set.key()));
        if (set.isMap()) {
            out.put((byte) 1).put((byte) 4).putInt(SetDefinition.byteOrder(set.data()));
        }
        return Arrays.copyOf(out.array(), out.position());
    }

    private NetlinkRequest request(Table table, int message, int flags, String operation) {
        int type = NfNetlink.NFNL_SUBSYS_NFTABLES << 8 | message;
        NetlinkRequest request = new NetlinkRequest(type, flags, operation);
        request.header(
                (byte) table.family().number(), (byte) NfNetlink.NFNETLINK_V0, (byte) 0, (byte) 0);
        requests.add(request);
        return request;
    }
}
