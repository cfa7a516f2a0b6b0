package dev.pontoon.linux;

import dev.pontoon.linux.uapi.Files;
import dev.pontoon.linux.uapi.Netlink;
import dev.pontoon.linux.uapi.RtNetlink;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A netlink socket: sends requests to the kernel and reads what it answers.
 *
 * <p>It stays in the network namespace of the thread that opened it, whatever that thread does
 * later and whichever thread uses it. One thread at a time may use it. A dump that the kernel marks
 * as interrupted (NLM_F_DUMP_INTR: the table changed underneath) is repeated here, and EINTR is
 * dealt with below this class, so no caller thinks of either.
 *
 * <p>The kernel works synchronously: when {@code send} returns, the request has been carried out
 * and its answers are queued. See netlink(7).
 */
public final class NetlinkSocket implements AutoCloseable {
    private static final int ANSWER_LENGTH = 8192;
    // The kernel fills at most 32 KiB of a dump at a time when the reader offers that much.
    private static final int DUMP_LENGTH = 32768;
    private static final int RECEIVE_QUEUE_BYTES = 4 << 20;
    private static final int DUMP_ATTEMPTS = 32;
    private static final int TYPE = Netlink.SOCK_RAW | Netlink.SOCK_CLOEXEC;
    private static final byte[] KERNEL = address(0);

    private final Descriptor socket;
    private int longestAnswer = ANSWER_LENGTH;
    private int longestPart = DUMP_LENGTH;
    private int sequence;

    private NetlinkSocket(Descriptor socket) {
        this.socket = socket;
    }

    /** A socket for rtnetlink in the calling thread's network namespace. */
    public static NetlinkSocket route() {
        return over(socket(Netlink.NETLINK_ROUTE), 0);
    }

    /** A socket for rtnetlink in that namespace. */
    static NetlinkSocket route(NetworkNamespace namespace) {
        return over(socket(namespace, Netlink.NETLINK_ROUTE), 0);
    }

    /** A socket for rtnetlink on which the kernel announces what happens to links. */
    static NetlinkSocket linkAnnouncements() {
        return over(socket(Netlink.NETLINK_ROUTE), RtNetlink.RTMGRP_LINK);
    }

    /** A socket for nfnetlink (nftables) in the calling thread's network namespace. */
    public static NetlinkSocket netfilter() {
        return over(socket(Netlink.NETLINK_NETFILTER), 0);
    }

    /** A socket for nfnetlink (nftables) in that namespace. */
    static NetlinkSocket netfilter(NetworkNamespace namespace) {
        return over(socket(namespace, Netlink.NETLINK_NETFILTER), 0);
    }

    private static Descriptor socket(int protocol) {
        return Libc.socket(Netlink.AF_NETLINK, TYPE, protocol);
    }

    private static Descriptor socket(NetworkNamespace namespace, int protocol) {
        return namespace.socket(Netlink.AF_NETLINK, TYPE, protocol);
    }

    /** struct sockaddr_nl of port 0, which is the kernel's, or lets it choose one for us. */
    private static byte[] address(int groups) {
        ByteBuffer address = ByteBuffer.allocate(12).order(ByteOrder.nativeOrder());
        return address.putShort((short) Netlink.AF_NETLINK).putInt(8, groups).array();
    }

    private static NetlinkSocket over(Descriptor socket, int groups) {
        try {
            Libc.setOption(socket, Netlink.SOL_NETLINK, Netlink.NETLINK_EXT_ACK, 1);
            Libc.setOption(socket, Netlink.SOL_NETLINK, Netlink.NETLINK_CAP_ACK, 1);
            askForFilters(socket);
            growReceiveQueue(socket);
            // Without groups the kernel binds it when it is first used.
            if (groups != 0) {
                Libc.bind(socket, address(groups));
            }
            return new NetlinkSocket(socket);
        } catch (RuntimeException e) {
            socket.close();
            throw e;
        }
    }

    private static void askForFilters(Descriptor socket) {
        try {
            // Without it the kernel ignores the filters of a dump and answers with every table.
            Libc.setOption(socket, Netlink.SOL_NETLINK, Netlink.NETLINK_GET_STRICT_CHK, 1);
        } catch (KernelException e) {
            // Kernels before 4.20 have no such filters; whoever lists something filters the answer
            // as well.
            if (!e.is(Errno.ENOPROTOOPT)) {
                throw e;
            }
        }
    }

    private static void growReceiveQueue(Descriptor socket) {
        try {
            Libc.setOption(socket, Netlink.SOL_SOCKET, Netlink.SO_RCVBUFFORCE, RECEIVE_QUEUE_BYTES);
        } catch (KernelException e) {
            // Needs CAP_NET_ADMIN in the first user namespace; rootless callers keep the system's
            // limit.
            Libc.setOption(socket, Netlink.SOL_SOCKET, Netlink.SO_RCVBUF, RECEIVE_QUEUE_BYTES);
        }
    }

    /** Has the kernel carry out one request. Throws {@link KernelException} if it refuses. */
    public void execute(NetlinkRequest request) {
        failure(answer(request, Netlink.NLM_F_ACK), request).ifPresent(NetlinkSocket::raise);
    }

    /**
     * As {@link #execute}, for a request about an object that need not be there; false if the
     * kernel says ENODEV, ENOENT or ESRCH.
     */
    boolean executeIfPresent(NetlinkRequest request) {
        return found(answer(request, Netlink.NLM_F_ACK), request).isPresent();
    }

    private NetlinkMessage answer(NetlinkRequest request, int flags) {
        int number = ++sequence;
        boolean wantsFinal = (flags & Netlink.NLM_F_ACK) != 0;
        send(request.toBytes(number, flags));
        while (true) {
            for (NetlinkMessage message : receive()) {
                if (message.sequence() == number && (isFinal(message) || !wantsFinal)) {
                    return message;
                }
            }
        }
    }

    /**
     * Has the kernel carry out requests that travel together. Each is carried out even if one
     * before it was refused; the first refusal is thrown, the others are attached to it.
     */
    public void executeAll(List<NetlinkRequest> requests) {
        if (requests.isEmpty()) {
            return;
        }
        int first = sequence + 1;
        sequence += requests.size();
        send(concatenate(requests, first, Netlink.NLM_F_ACK));
        KernelException refused = null;
        int open = requests.size();
        while (open > 0) {
            for (NetlinkMessage message : receive()) {
                int index = message.sequence() - first;
                if (index >= 0 && index < requests.size() && isFinal(message)) {
                    open--;
                    KernelException e = failure(message, requests.get(index)).orElse(null);
                    refused = join(refused, e);
                }
            }
        }
        if (refused != null) {
            throw refused;
        }
    }

    /** The one object a request asks for; empty if the kernel says ENODEV, ENOENT or ESRCH. */
    public Optional<NetlinkMessage> get(NetlinkRequest request) {
        return found(answer(request, 0), request);
    }

    private static Optional<NetlinkMessage> found(NetlinkMessage answer, NetlinkRequest request) {
        int errno = errno(answer);
        if (errno == Errno.ENODEV || errno == Errno.ENOENT || errno == Errno.ESRCH) {
            return Optional.empty();
        }
        failure(answer, request).ifPresent(NetlinkSocket::raise);
        return Optional.of(answer);
    }

    /** All objects a request asks for (NLM_F_DUMP is added), as one consistent picture. */
    public List<NetlinkMessage> dump(NetlinkRequest request) {
        for (int attempt = 0; attempt < DUMP_ATTEMPTS; attempt++) {
            List<NetlinkMessage> objects = dumpOnce(request);
            if (objects != null) {
                return objects;
            }
        }
        throw new KernelException(
                request.operation() + ": the table kept changing while it was read", Errno.EAGAIN);
    }

    private @Nullable List<NetlinkMessage> dumpOnce(NetlinkRequest request) {
        int number = ++sequence;
        send(request.toBytes(number, Netlink.NLM_F_DUMP));
        List<NetlinkMessage> found = new ArrayList<>();
        boolean consistent = true;
        while (true) {
            for (NetlinkMessage message : receiveObjects()) {
                if (message.sequence() != number) {
                    continue;
                }
                consistent &= (message.flags() & Netlink.NLM_F_DUMP_INTR) == 0;
                if (isFinal(message)) {
                    failure(message, request).ifPresent(NetlinkSocket::raise);
                    return consistent ? found : null;
                }
                found.add(message);
            }
        }
    }

    /**
     * Sends requests in one datagram, without asking for acknowledgements, and returns every answer
     * the kernel queued: objects, and one {@code NLMSG_ERROR} for each request it refused. For
     * nfnetlink batches. The first request gets the sequence number {@link #lastSequence} + 1 of
     * before the call, and so on.
     */
    public List<NetlinkMessage> exchange(List<NetlinkRequest> requests) {
        int first = sequence + 1;
        sequence += requests.size();
        send(concatenate(requests, first, 0));
        List<NetlinkMessage> all = new ArrayList<>();
        byte[] answers;
        while ((answers = receiveAnswers(Netlink.MSG_DONTWAIT)).length > 0) {
            split(answers, all);
        }
        return all;
    }

    /** What the kernel has announced, after waiting for it for so long at most. */
    List<NetlinkMessage> awaitAnnouncements(int milliseconds) {
        if (!Libc.poll(socket, (short) Files.POLLIN, milliseconds)) {
            return List.of();
        }
        return split(receiveAnswers(Netlink.MSG_DONTWAIT), new ArrayList<>());
    }

    /** The sequence number used last. */
    public int lastSequence() {
        return sequence;
    }

    /** What the kernel's answer says against a request; empty if it is no error. */
    public static Optional<KernelException> failure(NetlinkMessage answer, NetlinkRequest request) {
        int errno = errno(answer);
        return errno == 0
                ? Optional.empty()
                : Optional.of(
                        new KernelException(request.operation(), errno, extendedMessage(answer)));
    }

    private static int errno(NetlinkMessage answer) {
        // NLMSG_DONE carries an error number as well: a dump that failed half-way.
        return isFinal(answer) && answer.payload().length >= 4 ? -answer.headerInt(0) : 0;
    }

    private static @Nullable String extendedMessage(NetlinkMessage error) {
        if ((error.flags() & Netlink.NLM_F_ACK_TLVS) == 0) {
            return null;
        }
        // struct nlmsgerr: int error, the request's nlmsghdr, and its payload unless NLM_F_CAPPED.
        int offset = 4;
        if (error.type() == Netlink.NLMSG_ERROR) {
            int requestLength = error.headerInt(4);
            boolean capped = (error.flags() & Netlink.NLM_F_CAPPED) != 0;
            offset += capped ? NetlinkRequest.HEADER_LENGTH : (requestLength + 3) & ~3;
        }
        return error.attributes(offset).text(Netlink.NLMSGERR_ATTR_MSG).orElse(null);
    }

    private static boolean isFinal(NetlinkMessage message) {
        return message.type() == Netlink.NLMSG_ERROR || message.type() == Netlink.NLMSG_DONE;
    }

    private static void raise(KernelException e) {
        throw e;
    }

    private static @Nullable KernelException join(
            @Nullable KernelException first, @Nullable KernelException next) {
        if (first == null) {
            return next;
        }
        if (next != null) {
            first.addSuppressed(next);
        }
        return first;
    }

    private static byte[] concatenate(List<NetlinkRequest> requests, int sequence, int flags) {
        ByteArrayOutputStream all = new ByteArrayOutputStream(512);
        int number = sequence;
        for (NetlinkRequest request : requests) {
            all.writeBytes(request.toBytes(number++, flags));
            while ((all.size() & 3) != 0) {
                all.write(0);
            }
        }
        return all.toByteArray();
    }

    private void send(byte[] message) {
        Libc.send(socket, message, message.length, KERNEL);
    }

    private List<NetlinkMessage> receive() {
        return split(receiveAnswers(0), new ArrayList<>(1));
    }

    private List<NetlinkMessage> receiveObjects() {
        try {
            return split(Libc.receive(socket, longestPart, 0), new ArrayList<>());
        } catch (TooLongException e) {
            longestPart = e.length();
            throw cutOff(e);
        }
    }

    private byte[] receiveAnswers(int flags) {
        try {
            return Libc.receive(socket, longestAnswer, flags);
        } catch (TooLongException e) {
            longestAnswer = e.length();
            throw cutOff(e);
        }
    }

    /** It cannot be read again; there will be room for it the next time. */
    private static KernelException cutOff(TooLongException e) {
        return new KernelException("read " + e.getMessage(), Errno.ENOBUFS);
    }

    private static List<NetlinkMessage> split(byte[] buffer, List<NetlinkMessage> messages) {
        ByteBuffer in = ByteBuffer.wrap(buffer).order(ByteOrder.nativeOrder());
        int at = 0;
        while (at + NetlinkRequest.HEADER_LENGTH <= buffer.length) {
            int size = in.getInt(at);
            if (size < NetlinkRequest.HEADER_LENGTH || at + size > buffer.length) {
                break;
            }
            messages.add(
                    new NetlinkMessage(
                            in.getShort(at + 4) & 0xffff,
                            in.getShort(at + 6) & 0xffff,
                            in.getInt(at + 8),
                            Arrays.copyOfRange(
                                    buffer, at + NetlinkRequest.HEADER_LENGTH, at + size)));
            at += (size + 3) & ~3;
        }
        return messages;
    }

    @Override
    public void close() {
        socket.close();
    }
}
