package dev.pontoon.protocol;

/**
 * What one ADD makes and one DEL removes. All three together are the key; any two of them are not.
 *
 * @param network the name of the network
 * @param containerId the container
 * @param ifname the interface inside the container
 */
public record Attachment(String network, String containerId, String ifname) {
    // Spelled out for the sake of a cold start; see Cidr.
    @Override
    public boolean equals(Object other) {
        return other instanceof Attachment that
                && network.equals(that.network)
                && containerId.equals(that.containerId)
                && ifname.equals(that.ifname);
    }

    @Override
    public int hashCode() {
        return 31 * (31 * network.hashCode() + containerId.hashCode()) + ifname.hashCode();
    }

    @Override
    public String toString() {
        return ifname + " of container " + containerId + " in network " + network;
    }
}
