package dev.pontoon.hostlocal;

import dev.pontoon.protocol.Cidr;
import dev.pontoon.protocol.CniException;
import dev.pontoon.protocol.ConfigObject;
import dev.pontoon.protocol.ErrorCode;
import dev.pontoon.protocol.Ip;
import dev.pontoon.protocol.NetworkConfig;
import java.util.ArrayList;
import java.util.List;

/**
 * Reads the ranges of a configuration: those of the runtime first, then the one in {@code ipam}
 * itself, then {@code ipam.ranges}. The order matters, as a set's number is part of a file name.
 * Whatever is wrong is code 7, or 6 where the JSON type is.
 */
final class RangeReader {
    private static final int SMALLEST_HOST_BITS = 2;

    private final List<RangeSet> sets = new ArrayList<>();

    private RangeReader() {}

    static List<RangeSet> read(NetworkConfig config, ConfigObject ipam) {
        RangeReader reader = new RangeReader();
        ConfigObject runtime = config.runtimeConfig();
        reader.addAll(runtime.pathOf("ipRanges"), runtime.objectLists("ipRanges"));
        if (ipam.has("subnet")) {
            reader.add(ipam.pathOf("subnet"), List.of(ipam));
        }
        reader.addAll(ipam.pathOf("ranges"), ipam.objectLists("ranges"));
        if (reader.sets.isEmpty()) {
            throw new CniException(
                    ErrorCode.INVALID_CONFIG,
                    "ipam: no ranges to take addresses from",
                    "give it ranges, as in \"ranges\": [[{\"subnet\": \"10.1.0.0/16\"}]], or a subnet");
        }
        return reader.sets;
    }

    private void addAll(String path, List<List<ConfigObject>> lists) {
        for (int i = 0; i < lists.size(); i++) {
            add(path + "[" + i + "]", lists.get(i));
        }
    }

    private void add(String path, List<ConfigObject> objects) {
        if (objects.isEmpty()) {
            throw invalid(path + ": the range set is empty");
        }
        List<Range> ranges = new ArrayList<>();
        for (ConfigObject object : objects) {
            Range range = range(object);
            requireFits(range, ranges, path);
            ranges.add(range);
        }
        RangeSet set = new RangeSet(path, sets.size(), ranges);
        for (RangeSet other : sets) {
            if (set.overlaps(other)) {
                throw invalid(path + " " + set + ": overlaps with " + other.path() + " " + other);
            }
        }
        sets.add(set);
    }

    private static void requireFits(Range range, List<Range> ranges, String path) {
        for (Range other : ranges) {
            if (range.first().isV4() != other.first().isV4()) {
                throw invalid(
                        path
                                + ": mixes the address families of "
                                + other.subnet()
                                + " and "
                                + range.subnet()
                                + "; each set gives one address, so make it two sets");
            }
            if (range.overlaps(other)) {
                throw invalid(path + ": " + other + " and " + range + " overlap");
            }
        }
    }

    private static Range range(ConfigObject object) {
        Cidr subnet = subnet(object);
        boolean v4 = subnet.isV4();
        Ip first = address(object, "rangeStart", subnet.address().next());
        Ip last = address(object, "rangeEnd", v4 ? subnet.last().previous() : subnet.last());
        requireInside(object, "rangeStart", first, subnet);
        requireInside(object, "rangeEnd", last, subnet);
        if (first.compareTo(last) > 0) {
            throw object.invalid("rangeStart", "must not be behind the end of the range, " + last);
        }
        Ip gateway = address(object, "gateway", subnet.address().next());
        return new Range(subnet, first, last, gateway, excluded(object, v4));
    }

    private static Cidr subnet(ConfigObject object) {
        Cidr subnet =
                Cidr.parse(object.text("subnet", ""))
                        .orElseThrow(() ->
                                object.invalid("subnet", "must be a network such as 10.1.0.0/16"));
        if (subnet.address().bits() - subnet.prefixLength() < SMALLEST_HOST_BITS) {
            throw object.invalid("subnet", "is too small to take addresses from");
        }
        if (!subnet.equals(subnet.network())) {
            throw object.invalid("subnet", "has host bits set; the network is " + subnet.network());
        }
        return subnet;
    }

    private static Ip address(ConfigObject object, String key, Ip otherwise) {
        String text = object.text(key, "");
        if (text.isEmpty()) {
            return otherwise;
        }
        return Ip.parse(text)
                .orElseThrow(() -> object.invalid(key, "must be an address such as 10.1.0.1"));
    }

    private static void requireInside(ConfigObject object, String key, Ip address, Cidr subnet) {
        if (!subnet.contains(address)) {
            throw object.invalid(key, "is not in the subnet " + subnet);
        }
    }

    private static List<Cidr> excluded(ConfigObject object, boolean v4) {
        List<Cidr> excluded = new ArrayList<>();
        for (String text : object.texts("exclude")) {
            Cidr network = Cidr.parse(text).orElse(null);
            Ip address = Ip.parse(text).orElse(null);
            if (network == null && address != null) {
                network = new Cidr(address, address.bits());
            }
            if (network == null || network.isV4() != v4) {
                throw object.invalid(
                        "exclude", text + " must be an address or network of the subnet's family");
            }
            excluded.add(network);
        }
        return excluded;
    }

    private static CniException invalid(String message) {
        return new CniException(ErrorCode.INVALID_CONFIG, message);
    }
}
