package dev.pontoon.firewall;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * One message of D-Bus, as far as a caller of methods needs them: texts go out, and a text or a
 * boolean or an error comes back. The layout is that of the D-Bus specification, "Message Format".
 */
final class BusMessage {
    /** Bytes of a header up to the length of its fields. */
    static final int HEAD = 16;

    private static final byte METHOD_CALL = 1;
    private static final byte ERROR = 3;
    private static final int PATH = 1;
    private static final int INTERFACE = 2;
    private static final int MEMBER = 3;
    private static final int ERROR_NAME = 4;
    private static final int REPLY_SERIAL = 5;
    private static final int DESTINATION = 6;
    private static final int SIGNATURE = 8;
    // The bus itself allows 128 MiB; no answer to us is longer than a sentence.
    private static final int LONGEST = 1 << 20;

    private final ByteBuffer in;
    private int replySerial;
    private String errorName = "";
    private String signature = "";

    private BusMessage(byte[] bytes) {
        this.in = ByteBuffer.wrap(bytes).order(order(bytes));
    }

    /** A call of a method whose arguments are texts. */
    static byte[] call(
            int serial,
            String destination,
            String path,
            String interfaceName,
            String member,
            String... arguments) {
        ByteBuffer out = ByteBuffer.allocate(LONGEST / 64).order(ByteOrder.LITTLE_ENDIAN);
        out.put((byte) 'l').put(METHOD_CALL).put((byte) 0).put((byte) 1).putInt(0).putInt(serial);
        out.putInt(0);
        putField(out, PATH, "o", path);
        putField(out, INTERFACE, "s", interfaceName);
        putField(out, MEMBER, "s", member);
        putField(out, DESTINATION, "s", destination);
        if (arguments.length > 0) {
            putField(out, SIGNATURE, "g", "s".repeat(arguments.length));
        }
        out.putInt(12, out.position() - HEAD);
        align(out, 8);
        int body = out.position();
        for (String each : arguments) {
            putText(out, each);
        }
        out.putInt(4, out.position() - body);
        return Arrays.copyOf(out.array(), out.position());
    }

    private static void putField(ByteBuffer out, int code, String type, String value) {
        align(out, 8);
        out.put((byte) code).put((byte) 1).put((byte) type.charAt(0)).put((byte) 0);
        if (type.equals("g")) {
            byte[] bytes = value.getBytes(StandardCharsets.US_ASCII);
            out.put((byte) bytes.length).put(bytes).put((byte) 0);
        } else {
            putText(out, value);
        }
    }

    private static void putText(ByteBuffer out, String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        align(out, 4);
        out.putInt(bytes.length).put(bytes).put((byte) 0);
    }

    private static void align(ByteBuffer buffer, int to) {
        buffer.position((buffer.position() + to - 1) & -to);
    }

    /** How long a message is, by its first {@link #HEAD} bytes. Throws if that makes no sense. */
    static int length(byte[] head) {
        ByteBuffer in = ByteBuffer.wrap(head).order(order(head));
        long body = in.getInt(4) & 0xffffffffL;
        long fields = in.getInt(12) & 0xffffffffL;
        long length = ((HEAD + fields + 7) & -8) + body;
        if (length > LONGEST) {
            throw new IllegalArgumentException("a message of " + length + " bytes");
        }
        return (int) length;
    }

    private static ByteOrder order(byte[] bytes) {
        return bytes[0] == 'B' ? ByteOrder.BIG_ENDIAN : ByteOrder.LITTLE_ENDIAN;
    }

    /** Reads a whole message. Throws a runtime exception if it is none. */
    static BusMessage read(byte[] bytes) {
        BusMessage message = new BusMessage(bytes);
        message.readFields();
        return message;
    }

    private void readFields() {
        int end = HEAD + in.getInt(12);
        in.position(HEAD);
        while (in.position() < end) {
            align(in, 8);
            int code = in.get();
            String type = readSignature();
            if (type.equals("u")) {
                align(in, 4);
                int number = in.getInt();
                replySerial = code == REPLY_SERIAL ? number : replySerial;
            } else {
                String text = type.equals("g") ? readSignature() : readText();
                errorName = code == ERROR_NAME ? text : errorName;
                signature = code == SIGNATURE ? text : signature;
            }
        }
        align(in, 8);
    }

    private String readSignature() {
        return readBytes(in.get() & 0xff);
    }

    private String readText() {
        align(in, 4);
        return readBytes(in.getInt());
    }

    private String readBytes(int length) {
        byte[] bytes = new byte[length];
        in.get(bytes).get();
        return new String(bytes, StandardCharsets.UTF_8);
    }

    /** Whether it answers the call of that serial number. */
    boolean answers(int serial) {
        return replySerial == serial;
    }

    boolean isError() {
        return in.get(1) == ERROR;
    }

    /** The name of an error. */
    String errorName() {
        return errorName;
    }

    /** The first value, if it is a text; empty if it is not. */
    String text() {
        return signature.startsWith("s") ? readText() : "";
    }

    /** The first value, if it is a boolean; false if it is not. */
    boolean flag() {
        align(in, 4);
        return signature.startsWith("b") && in.getInt() != 0;
    }
}
