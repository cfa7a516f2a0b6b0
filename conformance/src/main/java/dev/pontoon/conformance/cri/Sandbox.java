package dev.pontoon.conformance.cri;

/**
 * A pod as a runtime lists it.
 *
 * @param ready false once it is stopped, or found dead
 */
public record Sandbox(String id, String name, boolean ready) {

    private static final int METADATA = 2;
    private static final int STATE = 3;

    static Sandbox of(byte[] message) {
        return new Sandbox(
                Protobuf.text(message, 1).orElse(""),
                Protobuf.text(Protobuf.message(message, METADATA), 1).orElse(""),
                Protobuf.number(message, STATE) == 0);
    }
}
