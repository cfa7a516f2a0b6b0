package dev.pontoon.conformance.cri;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.net.URLDecoder;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;

/**
 * One gRPC call with one message each way, on an HTTP/2 connection (RFC 9113) of its own over a
 * unix socket. Enough for small messages and a server on the same machine, and no more.
 */
final class GrpcCall implements AutoCloseable {

    private static final byte[] PREFACE =
            "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".getBytes(StandardCharsets.US_ASCII);
    private static final int DATA = 0;
    private static final int HEADERS = 1;
    private static final int RST_STREAM = 3;
    private static final int SETTINGS = 4;
    private static final int PING = 6;
    private static final int GOAWAY = 7;
    private static final int CONTINUATION = 9;
    private static final int ACK = 1;
    private static final int END_STREAM = 1;
    private static final int END_HEADERS = 4;
    private static final int PADDED = 8;
    private static final int PRIORITY = 32;
    private static final int STREAM = 1;
    private static final int MESSAGE_PREFIX = 5;

    private final SocketChannel channel;
    private final DataInputStream in;
    private final HeaderReader headers = new HeaderReader();
    private final Map<String, String> fields = new HashMap<>();
    private final ByteArrayOutputStream block = new ByteArrayOutputStream();
    private final ByteArrayOutputStream body = new ByteArrayOutputStream();

    private GrpcCall(Path socket) throws IOException {
        channel = SocketChannel.open(UnixDomainSocketAddress.of(socket));
        in = new DataInputStream(new BufferedInputStream(Channels.newInputStream(channel)));
    }

    /**
     * Calls a method and waits for its answer.
     *
     * @param method {@code /package.Service/Method}
     * @throws IOException when the connection fails, or with the server's own words when it refuses
     */
    static byte[] call(Path socket, String method, byte[] request) throws IOException {
        try (var call = new GrpcCall(socket)) {
            call.send(method, request);
            while (!call.fields.containsKey("grpc-status")) {
                call.receive();
            }
            return call.answer(method);
        }
    }

    private void send(String method, byte[] request) throws IOException {
        write(PREFACE);
        frame(SETTINGS, 0, 0, new byte[0]);
        frame(HEADERS, END_HEADERS, STREAM, requestHeaders(method));
        byte[] message =
                ByteBuffer.allocate(MESSAGE_PREFIX + request.length)
                        .put((byte) 0)
                        .putInt(request.length)
                        .put(request)
                        .array();
        frame(DATA, END_STREAM, STREAM, message);
    }

    private static byte[] requestHeaders(String method) {
        var out = new ByteArrayOutputStream();
        field(out, ":method", "POST");
        field(out, ":scheme", "http");
        field(out, ":path", method);
        field(out, ":authority", "localhost");
        field(out, "content-type", "application/grpc");
        field(out, "te", "trailers");
        return out.toByteArray();
    }

    /** A literal field that is in no table; no name or value here is longer than 126 bytes. */
    private static void field(ByteArrayOutputStream out, String name, String value) {
        out.write(0);
        out.write(name.length());
        out.writeBytes(name.getBytes(StandardCharsets.US_ASCII));
        out.write(value.length());
        out.writeBytes(value.getBytes(StandardCharsets.US_ASCII));
    }

    private void receive() throws IOException {
        int length = in.readUnsignedByte() << 16 | in.readUnsignedShort();
        int type = in.readUnsignedByte();
        int flags = in.readUnsignedByte();
        in.readInt();
        byte[] payload = in.readNBytes(length);
        switch (type) {
            case DATA -> body.writeBytes(payload);
            case HEADERS, CONTINUATION -> headers(type, flags, payload);
            case SETTINGS, PING -> acknowledge(type, flags, payload);
            case RST_STREAM ->
                    throw new IOException("reset, code " + ByteBuffer.wrap(payload).getInt());
            case GOAWAY ->
                    throw new IOException(
                            "the server goes away: "
                                    + new String(payload, 8, length - 8, StandardCharsets.UTF_8));
            default -> {
                // Window updates do not matter for messages this small.
            }
        }
    }

    private void headers(int type, int flags, byte[] payload) {
        int start = 0;
        int end = payload.length;
        if (type == HEADERS && (flags & PADDED) != 0) {
            end -= payload[0] & 0xff;
            start = 1;
        }
        if (type == HEADERS && (flags & PRIORITY) != 0) {
            start += 5;
        }
        block.write(payload, start, end - start);
        if ((flags & END_HEADERS) != 0) {
            headers.read(block.toByteArray(), fields);
            block.reset();
        }
    }

    private void acknowledge(int type, int flags, byte[] payload) throws IOException {
        if ((flags & ACK) == 0) {
            frame(type, ACK, 0, type == PING ? payload : new byte[0]);
        }
    }

    private byte[] answer(String method) throws IOException {
        String status = fields.getOrDefault("grpc-status", "");
        if (!status.equals("0")) {
            String message = fields.getOrDefault("grpc-message", "").replace("+", "%2B");
            throw new IOException(
                    method
                            + " is refused with status "
                            + status
                            + ": "
                            + URLDecoder.decode(message, StandardCharsets.UTF_8));
        }
        byte[] message = body.toByteArray();
        return Arrays.copyOfRange(
                message, Math.min(MESSAGE_PREFIX, message.length), message.length);
    }

    private void frame(int type, int flags, int stream, byte[] payload) throws IOException {
        write(
                ByteBuffer.allocate(9 + payload.length)
                        .put((byte) (payload.length >> 16))
                        .putShort((short) payload.length)
                        .put((byte) type)
                        .put((byte) flags)
                        .putInt(stream)
                        .put(payload)
                        .array());
    }

    private void write(byte[] bytes) throws IOException {
        var rest = ByteBuffer.wrap(bytes);
        while (rest.hasRemaining()) {
            channel.write(rest);
        }
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }
}
