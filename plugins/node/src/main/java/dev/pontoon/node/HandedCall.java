package dev.pontoon.node;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * What a launcher hands over: texts, each behind its length in four bytes.
 *
 * @param build the build that the launcher belongs to
 * @param errand {@code call} for a call of a plugin; {@code status}, {@code metrics} and {@code
 *     stop} are for the service itself
 * @param plugin the plugin's name
 * @param namespaces those of network, processes and users that the launcher is in
 * @param mounts its mount namespace and root folder
 * @param netns {@code /proc/PID/fd/N}, where it has opened what CNI_NETNS leads to; empty if it
 *     leads nowhere
 * @param folder its working folder
 * @param variables its environment
 */
record HandedCall(
        String build,
        String errand,
        String plugin,
        String namespaces,
        String mounts,
        String netns,
        String folder,
        Map<String, String> variables) {

    /** Of this form of handing over. Others go with other builds. */
    static final String PROTOCOL = "1";

    private static final int TEXTS_BEFORE_VARIABLES = 8;

    HandedCall {
        variables = Map.copyOf(variables);
    }

    /** An errand for the service itself. */
    static HandedCall errand(String errand, String build) {
        return new HandedCall(build, errand, "", "", "", "", "/", Map.of());
    }

    /** Throws if the body is of another form. */
    static HandedCall read(byte[] body) throws IOException {
        List<String> texts = texts(ByteBuffer.wrap(body));
        if (texts.size() < TEXTS_BEFORE_VARIABLES || !texts.getFirst().equals(PROTOCOL)) {
            throw new IOException("a call in another protocol than " + PROTOCOL);
        }
        Map<String, String> variables = new HashMap<>();
        for (String each : texts.subList(TEXTS_BEFORE_VARIABLES, texts.size())) {
            int equals = each.indexOf('=');
            if (equals > 0) {
                // Of a name that stands twice the first one counts, as for getenv(3).
                variables.putIfAbsent(each.substring(0, equals), each.substring(equals + 1));
            }
        }
        return new HandedCall(
                texts.get(1),
                texts.get(2),
                texts.get(3),
                texts.get(4),
                texts.get(5),
                texts.get(6),
                texts.get(7),
                variables);
    }

    private static List<String> texts(ByteBuffer in) throws IOException {
        List<String> texts = new ArrayList<>();
        while (in.remaining() >= 4) {
            int length = in.getInt();
            if (length < 0 || length > in.remaining()) {
                throw new IOException("a call that is cut short");
            }
            texts.add(new String(in.array(), in.position(), length, StandardCharsets.UTF_8));
            in.position(in.position() + length);
        }
        return texts;
    }

    Message toMessage() {
        List<byte[]> texts = new ArrayList<>();
        int length = 0;
        for (String text :
                List.of(PROTOCOL, build, errand, plugin, namespaces, mounts, netns, folder)) {
            byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
            texts.add(bytes);
            length += 4 + bytes.length;
        }
        for (Map.Entry<String, String> each : variables.entrySet()) {
            byte[] bytes = (each.getKey() + "=" + each.getValue()).getBytes(StandardCharsets.UTF_8);
            texts.add(bytes);
            length += 4 + bytes.length;
        }
        ByteBuffer body = ByteBuffer.allocate(length);
        for (byte[] text : texts) {
            body.putInt(text.length).put(text);
        }
        return new Message(Message.CALL, body.array());
    }
}
