package dev.pontoon.conformance.cri;

/**
 * A TCP port of the node that leads to one of a pod.
 *
 * @param hostPort of every address of the node, 1 to 65535
 * @param podPort 1 to 65535
 */
public record PortMapping(int hostPort, int podPort) {

    /** The message of the interface; its protocol, if not set, is TCP. */
    Protobuf message() {
        return new Protobuf().number(2, podPort).number(3, hostPort);
    }
}
