package dev.pontoon.linux;

import dev.pontoon.linux.uapi.Ethernet;
import dev.pontoon.linux.uapi.Netlink;
import dev.pontoon.linux.uapi.PktCls;
import dev.pontoon.linux.uapi.PktSched;
import dev.pontoon.linux.uapi.RtNetlink;
import dev.pontoon.linux.uapi.TcMirred;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Traffic control of a namespace's links: qdiscs, and filters that redirect. See tc(8).
 *
 * <p>A link limits only what it sends. What it takes in is limited by a detour: a filter of its
 * ingress qdisc redirects it to an ifb, whose own qdisc holds it back before the packet goes on
 * where it was.
 */
public final class TrafficControl {
    // struct tcmsg: u8 family, 3 padding, int ifindex, u32 handle, u32 parent, u32 info
    private static final int HEADER_LENGTH = 20;
    // struct tc_ratespec: u8 cell_log, u8 linklayer, u16 overhead, s16 cell_align, u16 mpu, u32
    // rate
    private static final int LINK_LAYER = 1;
    private static final int RATE = 8;
    // struct tc_tbf_qopt: rate, peak rate, u32 limit, u32 buffer, u32 mtu
    private static final int LIMIT = 24;
    private static final int BUFFER = 28;
    private static final int TBF_LENGTH = 36;
    // struct tc_u32_sel: u8 flags, u8 offshift, u8 nkeys, … 16 bytes; of each key a mask comes
    // first
    private static final int KEY_COUNT = 2;
    private static final int FIRST_KEY = 16;
    private static final int KEY_LENGTH = 16;
    // struct tc_mirred: u32 index, u32 capab, int action, int refcnt, int bindcnt, int eaction, u32
    // ifindex
    private static final int ACTION = 8;
    private static final int EGRESS_ACTION = 20;
    private static final int TARGET = 24;
    private static final int MIRRED_LENGTH = 28;

    private static final int LOOPBACK_INDEX = 1;
    private static final String MIRRED = "mirred";
    private static final int FIRST_PRIORITY = 1 << 16;

    private final NetlinkSocket socket;
    private final Dispatcher dispatcher;

    /** Traffic control in the namespace the socket was opened in. */
    public TrafficControl(NetlinkSocket route) {
        this(route, new Immediately(route));
    }

    TrafficControl(NetlinkSocket socket, Dispatcher dispatcher) {
        this.socket = socket;
        this.dispatcher = dispatcher;
    }

    /**
     * Adds a qdisc. Throws {@link KernelException} with EEXIST if somebody made one in that place,
     * with ENOENT if the kernel does not know the kind.
     */
    public void add(Qdisc qdisc) {
        make(qdisc, Netlink.NLM_F_CREATE | Netlink.NLM_F_EXCL, "add");
    }

    /** Adds a qdisc in place of what is there; one of the same kind and handle is changed. */
    public void replace(Qdisc qdisc) {
        make(qdisc, Netlink.NLM_F_CREATE | Netlink.NLM_F_REPLACE, "set");
    }

    private void make(Qdisc qdisc, int flags, String verb) {
        String operation = verb + " qdisc " + qdisc.describe() + " on link " + qdisc.link();
        NetlinkRequest request =
                header(
                                new NetlinkRequest(RtNetlink.RTM_NEWQDISC, flags, operation),
                                qdisc.link(),
                                qdisc.handle(),
                                qdisc.parent(),
                                0)
                        .put(RtNetlink.TCA_KIND, qdisc.kind());
        qdisc.bucket().ifPresent(bucket -> write(request, bucket));
        dispatcher.send(request, qdisc.link());
    }

    private static void write(NetlinkRequest request, TokenBucket bucket) {
        byte[] parameters = new byte[TBF_LENGTH];
        ByteBuffer.wrap(parameters)
                .order(ByteOrder.nativeOrder())
                .put(LINK_LAYER, (byte) PktSched.TC_LINKLAYER_ETHERNET)
                .putInt(RATE, (int) Math.min(bucket.rate(), TokenBucket.LARGEST))
                .putInt(LIMIT, (int) bucket.limit())
                .putInt(BUFFER, (int) bucket.keptTicks());
        request.begin(RtNetlink.TCA_OPTIONS).put(PktSched.TCA_TBF_PARMS, parameters);
        if (bucket.rate() > TokenBucket.LARGEST) {
            request.putLong(PktSched.TCA_TBF_RATE64, bucket.rate());
        }
        request.end();
    }

    /** The qdiscs of a link, those that the kernel gave it by itself included. */
    public List<Qdisc> list(int link) {
        List<Qdisc> ofLink = new ArrayList<>();
        for (Qdisc each : list()) {
            if (each.link() == link) {
                ofLink.add(each);
            }
        }
        return ofLink;
    }

    /** The qdiscs of all links. */
    public List<Qdisc> list() {
        NetlinkRequest request =
                header(new NetlinkRequest(RtNetlink.RTM_GETQDISC, 0, "list qdiscs"), 0, 0, 0, 0);
        List<Qdisc> qdiscs = new ArrayList<>();
        for (NetlinkMessage message : socket.dump(request)) {
            qdiscs.add(read(message));
        }
        return qdiscs;
    }

    private static Qdisc read(NetlinkMessage message) {
        Attributes all = message.attributes(HEADER_LENGTH);
        String kind = all.text(RtNetlink.TCA_KIND).orElse("");
        Attributes options = all.nested(RtNetlink.TCA_OPTIONS);
        byte[] parameters =
                kind.equals("tbf")
                        ? options.bytes(PktSched.TCA_TBF_PARMS).orElse(new byte[0])
                        : new byte[0];
        return new Qdisc(
                message.headerInt(4),
                kind,
                message.headerInt(8),
                message.headerInt(12),
                parameters.length < TBF_LENGTH ? null : bucket(parameters, options));
    }

    private static TokenBucket bucket(byte[] parameters, Attributes options) {
        long rate = unsigned(parameters, RATE);
        return new TokenBucket(
                options.longInteger(PktSched.TCA_TBF_RATE64).orElse(rate),
                unsigned(parameters, BUFFER),
                unsigned(parameters, LIMIT));
    }

    private static long unsigned(byte[] bytes, int offset) {
        return Integer.toUnsignedLong(number(bytes, offset));
    }

    private static int number(byte[] bytes, int offset) {
        return ByteBuffer.wrap(bytes).order(ByteOrder.nativeOrder()).getInt(offset);
    }

    /**
     * Deletes whatever qdisc somebody made in the place of this one, with its filters; whether
     * there was one. Look first if it may be somebody else's.
     */
    public boolean deleteIfPresent(Qdisc qdisc) {
        int link = qdisc.link();
        NetlinkRequest request =
                new NetlinkRequest(
                        RtNetlink.RTM_DELQDISC,
                        0,
                        "delete qdisc " + qdisc.describe() + " from link " + link);
        try {
            return socket.executeIfPresent(header(request, link, 0, qdisc.parent(), 0));
        } catch (KernelException e) {
            throw Immediately.withName(socket, e, link);
        }
    }

    /**
     * Redirects everything that a link takes in to another link; it needs {@link Qdisc#ingress}
     * first. A second redirection comes behind the first, and gets nothing any more.
     */
    public void redirect(int from, int to) {
        String operation = "redirect what link " + from + " takes in to link " + to;
        int create = Netlink.NLM_F_CREATE | Netlink.NLM_F_EXCL;
        NetlinkRequest request =
                header(
                                new NetlinkRequest(RtNetlink.RTM_NEWTFILTER, create, operation),
                                from,
                                0,
                                Qdisc.INGRESS_HANDLE,
                                FIRST_PRIORITY | everyProtocol())
                        .put(RtNetlink.TCA_KIND, "u32")
                        .begin(RtNetlink.TCA_OPTIONS)
                        .put(PktCls.TCA_U32_SEL, everything())
                        .begin(PktCls.TCA_U32_ACT)
                        .begin(1)
                        .put(PktCls.TCA_ACT_KIND, MIRRED)
                        .begin(PktCls.TCA_ACT_OPTIONS)
                        .put(TcMirred.TCA_MIRRED_PARMS, redirectionTo(to))
                        .end()
                        .end()
                        .end()
                        .end();
        dispatcher.send(request, from);
    }

    /** In network order, unlike the number that it is a part of. */
    private static int everyProtocol() {
        return Short.toUnsignedInt(
                ByteOrder.nativeOrder() == ByteOrder.LITTLE_ENDIAN
                        ? Short.reverseBytes((short) Ethernet.ETH_P_ALL)
                        : (short) Ethernet.ETH_P_ALL);
    }

    /** One key whose mask takes no bit. */
    private static byte[] everything() {
        byte[] selector = new byte[FIRST_KEY + KEY_LENGTH];
        selector[0] = PktCls.TC_U32_TERMINAL;
        selector[KEY_COUNT] = 1;
        return selector;
    }

    private static byte[] redirectionTo(int link) {
        byte[] parameters = new byte[MIRRED_LENGTH];
        ByteBuffer.wrap(parameters)
                .order(ByteOrder.nativeOrder())
                .putInt(ACTION, PktCls.TC_ACT_STOLEN)
                .putInt(EGRESS_ACTION, TcMirred.TCA_EGRESS_REDIR)
                .putInt(TARGET, link);
        return parameters;
    }

    /**
     * Where u32 filters redirect what a link takes in, one entry for each action, in the filters'
     * order; none without {@link Qdisc#ingress}. Other filters are not shown.
     */
    public List<Redirection> redirections(int link) {
        NetlinkRequest request =
                header(
                        new NetlinkRequest(
                                RtNetlink.RTM_GETTFILTER, 0, "list filters of link " + link),
                        link,
                        0,
                        Qdisc.INGRESS_HANDLE,
                        0);
        List<Redirection> redirections = new ArrayList<>();
        for (NetlinkMessage message : socket.dump(request)) {
            Attributes all = message.attributes(HEADER_LENGTH);
            if (all.text(RtNetlink.TCA_KIND).orElse("").equals("u32")) {
                boolean everyProtocol = (message.headerInt(16) & 0xffff) == everyProtocol();
                read(all.nested(RtNetlink.TCA_OPTIONS), everyProtocol, redirections);
            }
        }
        return redirections;
    }

    private static void read(
            Attributes filter, boolean everyProtocol, List<Redirection> redirections) {
        boolean everything =
                everyProtocol && takesEverything(filter.bytes(PktCls.TCA_U32_SEL).orElse(null));
        Attributes actions = filter.nested(PktCls.TCA_U32_ACT);
        for (int place = 1; actions.has(place); place++) {
            Attributes action = actions.nested(place);
            byte[] parameters =
                    action.nested(PktCls.TCA_ACT_OPTIONS)
                            .bytes(TcMirred.TCA_MIRRED_PARMS)
                            .orElse(new byte[0]);
            boolean redirects =
                    action.text(PktCls.TCA_ACT_KIND).orElse("").equals(MIRRED)
                            && parameters.length >= MIRRED_LENGTH
                            && number(parameters, EGRESS_ACTION) == TcMirred.TCA_EGRESS_REDIR;
            if (redirects) {
                redirections.add(new Redirection(number(parameters, TARGET), everything));
            }
        }
    }

    private static boolean takesEverything(byte @Nullable [] selector) {
        if (selector == null || selector.length < FIRST_KEY) {
            return false;
        }
        int keys = selector[KEY_COUNT] & 0xff;
        for (int key = 0; key < keys; key++) {
            int mask = FIRST_KEY + key * KEY_LENGTH;
            if (mask + KEY_LENGTH > selector.length || number(selector, mask) != 0) {
                return false;
            }
        }
        return true;
    }

    /**
     * Whether the kernel has token bucket filters. Asks lo for one without a rate, which it cannot
     * have, and looks at what it is refused for. Makes nothing; the kernel may load the module.
     */
    public boolean canLimit() {
        int create = Netlink.NLM_F_CREATE | Netlink.NLM_F_EXCL;
        String operation = "ask whether there are qdiscs of kind tbf";
        NetlinkRequest request =
                header(
                                new NetlinkRequest(RtNetlink.RTM_NEWQDISC, create, operation),
                                LOOPBACK_INDEX,
                                0,
                                PktSched.TC_H_ROOT,
                                0)
                        .put(RtNetlink.TCA_KIND, "tbf");
        try {
            socket.execute(request);
        } catch (KernelException e) {
            // EEXIST: somebody made lo a qdisc, so the kernel did not come to the question.
            if (e.is(Errno.EINVAL) || e.is(Errno.EEXIST) || e.is(Errno.ENOENT)) {
                return !e.is(Errno.ENOENT);
            }
            throw e;
        }
        throw new IllegalStateException("the kernel made a token bucket filter without a rate");
    }

    private static NetlinkRequest header(
            NetlinkRequest request, int link, int handle, int parent, int info) {
        return request.headerInt(0)
                .headerInt(link)
                .headerInt(handle)
                .headerInt(parent)
                .headerInt(info);
    }
}
