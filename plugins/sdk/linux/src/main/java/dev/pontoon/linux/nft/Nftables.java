package dev.pontoon.linux.nft;

import dev.pontoon.linux.Attributes;
import dev.pontoon.linux.Errno;
import dev.pontoon.linux.KernelException;
import dev.pontoon.linux.NetlinkMessage;
import dev.pontoon.linux.NetlinkRequest;
import dev.pontoon.linux.NetlinkSocket;
import dev.pontoon.linux.uapi.NfNetlink;
import dev.pontoon.linux.uapi.NfTables;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The nftables of one network namespace: that in which the socket was opened. Reading something
 * that is not there gives nothing, never an error; everything else the kernel refuses is a {@link
 * KernelException}.
 *
 * <p>The caller owns the socket and keeps it: closing one after a deletion waits some 6 ms for the
 * kernel's clean-up. As with the socket, one thread at a time.
 */
public final class Nftables {
    private static final int NFGENMSG_LENGTH = 4;
    private static final int ATTEMPTS = 8;
    private static final int READ_ATTEMPTS = 16;
    // Internal to the kernel but for this: the ruleset's generation is no longer the one expected.
    private static final int ERESTART = 85;

    private final NetlinkSocket socket;

    /** {@code netfilter} as from {@link NetlinkSocket#netfilter}. */
    public Nftables(NetlinkSocket netfilter) {
        this.socket = netfilter;
    }

    /** Whether the kernel has nftables at all, and the owner of the socket may use it. */
    public static boolean isAvailable(NetlinkSocket netfilter) {
        try {
            new Nftables(netfilter).generation();
            return true;
        } catch (KernelException e) {
            if (e.is(Errno.EINVAL) || e.is(Errno.EPROTONOSUPPORT) || e.is(Errno.EOPNOTSUPP)) {
                return false;
            }
            throw e;
        }
    }

    /** Whether there is such a table. */
    public boolean hasTable(Table table) {
        NetlinkRequest request = read(table, NfTables.NFT_MSG_GETTABLE, "find table " + table);
        request.put(NfTables.NFTA_TABLE_NAME, table.name());
        return socket.get(request).isPresent();
    }

    /** All tables, of the families that are known here. */
    public List<Table> tables() {
        List<Table> tables = new ArrayList<>();
        for (NetlinkMessage message :
                dump(readAny((byte) 0, NfTables.NFT_MSG_GETTABLE, "list tables"))) {
            String name =
                    message.attributes(NFGENMSG_LENGTH).text(NfTables.NFTA_TABLE_NAME).orElse("");
            Family.of(message.headerByte(0))
                    .ifPresent(family -> tables.add(new Table(family, name)));
        }
        return tables;
    }

    /** The chains of a table. */
    public List<Chain> chains(Table table) {
        NetlinkRequest request = read(table, NfTables.NFT_MSG_GETCHAIN, "list chains of " + table);
        List<Chain> chains = new ArrayList<>();
        for (NetlinkMessage message : dump(request)) {
            Attributes attributes = message.attributes(NFGENMSG_LENGTH);
            // The kernel filters chains by family only.
            if (attributes.text(NfTables.NFTA_CHAIN_TABLE).orElse("").equals(table.name())) {
                chains.add(chain(table, attributes));
            }
        }
        return chains;
    }

    /** One chain of a table. */
    public Optional<Chain> chain(Table table, String name) {
        String operation = "find chain " + table + " " + name;
        NetlinkRequest request = read(table, NfTables.NFT_MSG_GETCHAIN, operation);
        request.put(NfTables.NFTA_CHAIN_TABLE, table.name());
        request.put(NfTables.NFTA_CHAIN_NAME, name);
        NetlinkMessage found = socket.get(request).orElse(null);
        return found == null
                ? Optional.empty()
                : Optional.of(chain(table, found.attributes(NFGENMSG_LENGTH)));
    }

    /** The rules of a chain, in order. */
    public List<Rule> rules(Table table, String chain) {
        String operation = "list rules of " + table + " " + chain;
        NetlinkRequest request = read(table, NfTables.NFT_MSG_GETRULE, operation);
        request.put(NfTables.NFTA_RULE_TABLE, table.name());
        request.put(NfTables.NFTA_RULE_CHAIN, chain);
        List<Rule> rules = new ArrayList<>();
        for (NetlinkMessage message : dump(request)) {
            rules.add(rule(message.attributes(NFGENMSG_LENGTH)));
        }
        return rules;
    }

    /** The names of the sets and maps of a table. */
    public List<String> sets(Table table) {
        NetlinkRequest request = read(table, NfTables.NFT_MSG_GETSET, "list sets of " + table);
        request.put(NfTables.NFTA_SET_TABLE, table.name());
        List<String> sets = new ArrayList<>();
        for (NetlinkMessage message : dump(request)) {
            message.attributes(NFGENMSG_LENGTH).text(NfTables.NFTA_SET_NAME).ifPresent(sets::add);
        }
        return sets;
    }

    /** The named counters of a table. */
    public List<Counter> counters(Table table) {
        NetlinkRequest request = readCounters(table, "list counters of " + table);
        List<Counter> counters = new ArrayList<>();
        for (NetlinkMessage message : dump(request)) {
            counters.add(counter(message));
        }
        return counters;
    }

    /** One named counter of a table. */
    public Optional<Counter> counter(Table table, String name) {
        NetlinkRequest request = readCounters(table, "find counter " + table + " " + name);
        request.put(NfTables.NFTA_OBJ_NAME, name);
        NetlinkMessage found = socket.get(request).orElse(null);
        return found == null ? Optional.empty() : Optional.of(counter(found));
    }

    private static NetlinkRequest readCounters(Table table, String operation) {
        NetlinkRequest request = read(table, NfTables.NFT_MSG_GETOBJ, operation);
        request.put(NfTables.NFTA_OBJ_TABLE, table.name());
        request.putNetworkInt(NfTables.NFTA_OBJ_TYPE, NfTables.NFT_OBJECT_COUNTER);
        return request;
    }

    private static Counter counter(NetlinkMessage message) {
        Attributes counter = message.attributes(NFGENMSG_LENGTH);
        return new Counter(
                counter.text(NfTables.NFTA_OBJ_NAME).orElse(""),
                counter.networkInteger(NfTables.NFTA_OBJ_USE).orElse(0));
    }

    /** The elements of a set or map, in no order; of a range, where it starts. */
    public List<SetElement> elements(Table table, String set) {
        String operation = "list elements of " + table + " " + set;
        List<SetElement> elements = new ArrayList<>();
        for (NetlinkMessage message : dump(readElements(table, set, operation))) {
            collect(message, elements);
        }
        return elements;
    }

    /**
     * The element of this key, found in a time that does not depend on how many others there are.
     */
    public Optional<SetElement> element(Table table, String set, Value key) {
        String operation = "find element " + key + " of " + table + " " + set;
        NetlinkRequest request = readElements(table, set, operation);
        request.begin(NfTables.NFTA_SET_ELEM_LIST_ELEMENTS).begin(NfTables.NFTA_LIST_ELEM);
        SetElement.of(key).write(request);
        request.end().end();
        List<SetElement> elements = new ArrayList<>();
        NetlinkMessage found = socket.get(request).orElse(null);
        if (found != null) {
            collect(found, elements);
        }
        return elements.isEmpty() ? Optional.empty() : Optional.of(elements.get(0));
    }

    /**
     * The number of the ruleset's state; anybody's change to any table of the namespace makes it
     * another.
     */
    public int generation() {
        NetlinkRequest request =
                readAny((byte) 0, NfTables.NFT_MSG_GETGEN, "read nftables generation");
        NetlinkMessage found = socket.get(request).orElse(null);
        return found == null
                ? 0
                : found.attributes(NFGENMSG_LENGTH).networkInteger(NfTables.NFTA_GEN_ID).orElse(0);
    }

    /**
     * Makes all changes of the batch, or none. Throws {@link KernelException} naming the first
     * change that was refused, with the other refusals attached. An empty batch asks nothing of the
     * kernel.
     */
    public void commit(NftBatch batch) {
        if (!batch.isEmpty()) {
            commit(batch, 0);
        }
    }

    /**
     * Makes deletions, whose objects were found before; one that somebody else has removed since is
     * no error. Only in that case they are made one by one, each by itself whole.
     */
    public void commitRemoval(NftBatch batch) {
        try {
            commit(batch);
        } catch (KernelException e) {
            if (!e.is(Errno.ENOENT)) {
                throw e;
            }
            removeOneByOne(batch);
        }
    }

    /** The kernel refuses a batch as a whole, so what one of them lacks would keep all others. */
    private void removeOneByOne(NftBatch batch) {
        for (NetlinkRequest request : batch.requests()) {
            try {
                commit(NftBatch.of(request));
            } catch (KernelException e) {
                if (!e.is(Errno.ENOENT)) {
                    throw e;
                }
            }
        }
    }

    /**
     * As {@link #commit}, but only if the ruleset is still of this {@link #generation}; false, and
     * nothing done, if it is not. So that what was read before is still true when the change is
     * made: read the generation, read, decide, try this, and start over if it says false.
     */
    public boolean commitIfUnchanged(NftBatch batch, int generation) {
        try {
            commit(batch, generation);
            return true;
        } catch (KernelException e) {
            if (e.is(ERESTART)) {
                return false;
            }
            throw e;
        }
    }

    /**
     * Decides on a change by what it reads and makes it, over again as long as the ruleset has
     * changed in between. For removing what is empty; where others never stop changing their
     * tables, what is empty may stay.
     *
     * @param decide reads, and says what to change; an empty batch for nothing
     */
    public void commitAsRead(Supplier<NftBatch> decide) {
        for (int attempt = 1; attempt <= READ_ATTEMPTS; attempt++) {
            int generation = generation();
            NftBatch batch = decide.get();
            if (batch.isEmpty() || commitIfUnchanged(batch, generation)) {
                return;
            }
        }
    }

    private void commit(NftBatch batch, int generation) {
        for (int attempt = 1; ; attempt++) {
            KernelException refused = attempt(batch, generation);
            if (refused == null) {
                return;
            }
            // The kernel wants it sent again, all of it: a module was loaded, or a signal came in
            // between.
            boolean again = refused.is(Errno.EAGAIN) || refused.is(Errno.EINTR);
            if (!again || attempt == ATTEMPTS) {
                throw refused;
            }
        }
    }

    private @Nullable KernelException attempt(NftBatch batch, int generation) {
        List<NetlinkRequest> requests = new ArrayList<>(batch.size() + 2);
        requests.add(frame(NfNetlink.NFNL_MSG_BATCH_BEGIN, generation));
        requests.addAll(batch.requests());
        requests.add(frame(NfNetlink.NFNL_MSG_BATCH_END, 0));
        int first = socket.lastSequence() + 1;
        return firstRefusal(exchange(requests), requests, first);
    }

    // Only refusals are answered. Whether the batch did not reach the kernel (EMSGSIZE: it is
    // larger than the
    // socket may send) or the queue of refusals overflowed (ENOBUFS): nothing was done.
    private List<NetlinkMessage> exchange(List<NetlinkRequest> requests) {
        try {
            return socket.exchange(requests);
        } catch (KernelException e) {
            String operation = "change nftables, " + (requests.size() - 2) + " changes at once";
            KernelException told = new KernelException(operation, e.errno());
            told.addSuppressed(e);
            throw told;
        }
    }

    private static @Nullable KernelException firstRefusal(
            List<NetlinkMessage> answers, List<NetlinkRequest> requests, int firstSequence) {
        KernelException refused = null;
        for (NetlinkMessage answer : answers) {
            int index = answer.sequence() - firstSequence;
            if (index < 0 || index >= requests.size()) {
                continue;
            }
            KernelException failure =
                    NetlinkSocket.failure(answer, requests.get(index)).orElse(null);
            if (refused == null) {
                refused = failure;
            } else if (failure != null) {
                refused.addSuppressed(failure);
            }
        }
        return refused;
    }

    // Errors of the batch as a whole, among them those found when it is put into force, name its
    // beginning.
    private static NetlinkRequest frame(int type, int generation) {
        NetlinkRequest request = new NetlinkRequest(type, 0, "change nftables");
        request.header((byte) 0, (byte) 0, (byte) 0, (byte) NfNetlink.NFNL_SUBSYS_NFTABLES);
        if (generation != 0) {
            request.putNetworkInt(NfNetlink.NFNL_BATCH_GENID, generation);
        }
        return request;
    }

    private List<NetlinkMessage> dump(NetlinkRequest request) {
        try {
            return socket.dump(request);
        } catch (KernelException e) {
            if (e.is(Errno.ENOENT)) {
                return List.of();
            }
            throw e;
        }
    }

    private static Chain chain(Table table, Attributes chain) {
        return new Chain(
                chain.text(NfTables.NFTA_CHAIN_NAME).orElse(""),
                chain.networkLong(NfTables.NFTA_CHAIN_HANDLE).orElse(0L),
                chain.networkInteger(NfTables.NFTA_CHAIN_USE).orElse(0),
                base(table.family(), chain));
    }

    private static @Nullable BaseChain base(Family family, Attributes chain) {
        if (family == Family.ARP || family == Family.NETDEV) {
            return null;
        }
        Attributes hook = chain.nested(NfTables.NFTA_CHAIN_HOOK);
        int number = hook.networkInteger(NfTables.NFTA_HOOK_HOOKNUM).orElse(-1);
        for (Hook each : Hook.values()) {
            if (each.number() == number) {
                return new BaseChain(
                        chain.text(NfTables.NFTA_CHAIN_TYPE).orElse(""),
                        each,
                        hook.networkInteger(NfTables.NFTA_HOOK_PRIORITY).orElse(0),
                        chain.networkInteger(NfTables.NFTA_CHAIN_POLICY).orElse(1) == 0);
            }
        }
        return null;
    }

    private static Rule rule(Attributes rule) {
        byte[] userdata = rule.bytes(NfTables.NFTA_RULE_USERDATA).orElse(new byte[0]);
        return new Rule(
                rule.networkLong(NfTables.NFTA_RULE_HANDLE).orElse(0L),
                Comments.read(userdata).orElse(""),
                rule.bytes(NfTables.NFTA_RULE_EXPRESSIONS).orElse(new byte[0]));
    }

    private static void collect(NetlinkMessage message, List<SetElement> elements) {
        Attributes list =
                message.attributes(NFGENMSG_LENGTH).nested(NfTables.NFTA_SET_ELEM_LIST_ELEMENTS);
        for (Attributes each : list.nestedList(NfTables.NFTA_LIST_ELEM)) {
            SetElement.read(each).ifPresent(elements::add);
        }
    }

    private static NetlinkRequest readElements(Table table, String set, String operation) {
        NetlinkRequest request = read(table, NfTables.NFT_MSG_GETSETELEM, operation);
        request.put(NfTables.NFTA_SET_ELEM_LIST_TABLE, table.name());
        return request.put(NfTables.NFTA_SET_ELEM_LIST_SET, set);
    }

    private static NetlinkRequest read(Table table, int message, String operation) {
        return readAny((byte) table.family().number(), message, operation);
    }

    private static NetlinkRequest readAny(byte family, int message, String operation) {
        int type = NfNetlink.NFNL_SUBSYS_NFTABLES << 8 | message;
        return new NetlinkRequest(type, 0, operation)
                .header(family, (byte) NfNetlink.NFNETLINK_V0, (byte) 0, (byte) 0);
    }
}
