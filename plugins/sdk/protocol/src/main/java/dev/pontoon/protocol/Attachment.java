package dev.pontoon.protocol;

/**
 * What one ADD makes and one DEL removes. All three together are the key; any two of them are not.
 *
 * @param network the name of the network
 * @param containerId the container
 * @param ifname the interface inside the container
 */
public record Attachment(String network, String containerId, String ifname) {
    @Override
    public String toString() {
        return ifname + " of container " + containerId + " in network " + network;
    }
}
