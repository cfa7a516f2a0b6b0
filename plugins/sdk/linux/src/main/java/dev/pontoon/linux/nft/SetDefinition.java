package dev.pontoon.linux.nft;

import java.util.List;

/**
 * What a set or map holds. A map's elements lead to data or, with {@code holdsVerdicts}, to a
 * verdict, or with {@code holdsCounters} to a named counter.
 *
 * <p>Each time an element is added that jumps somewhere, the kernel walks through all verdict maps
 * of the table that rules look into, element by element. Sets and other maps cost the same however
 * many elements they have.
 *
 * @param name its name in the table
 * @param key the types of the key, several for a concatenation
 * @param data the types a map leads to; empty for sets and verdict maps
 * @param holdsVerdicts whether it is a verdict map
 * @param holdsCounters whether its elements refer to counters, which know how many do
 * @param holdsRanges whether its elements are ranges ({@code flags interval}); only with one type
 *     of key
 */
public record SetDefinition(
        String name,
        List<DataType> key,
        List<DataType> data,
        boolean holdsVerdicts,
        boolean holdsCounters,
        boolean holdsRanges) {
    // Concatenated types are numbered by their parts, six bits each.
    private static final int TYPE_BITS = 6;
    private static final int MAXIMUM_TYPES = 5;

    public SetDefinition {
        Names.requireReadable("set", name);
        key = List.copyOf(key);
        data = List.copyOf(data);
        if (key.isEmpty() || key.size() > MAXIMUM_TYPES || data.size() > MAXIMUM_TYPES) {
            throw new IllegalArgumentException(
                    "set " + name + " with key " + key + " and data " + data);
        }
        if (holdsRanges && key.size() > 1) {
            throw new IllegalArgumentException("set " + name + ": ranges over several types");
        }
    }

    /** A set of keys. */
    public static SetDefinition set(String name, DataType... key) {
        return new SetDefinition(name, List.of(key), List.of(), false, false, false);
    }

    /** A set of ranges: subnets, spans of ports. */
    public static SetDefinition ranges(String name, DataType key) {
        return new SetDefinition(name, List.of(key), List.of(), false, false, true);
    }

    /** A map from keys to data. */
    public static SetDefinition map(String name, List<DataType> key, List<DataType> data) {
        return new SetDefinition(name, key, data, false, false, false);
    }

    /** A map from keys to verdicts. */
    public static SetDefinition verdictMap(String name, DataType... key) {
        return new SetDefinition(name, List.of(key), List.of(), true, false, false);
    }

    /** A map from keys to named counters. */
    public static SetDefinition counterMap(String name, DataType... key) {
        return new SetDefinition(name, List.of(key), List.of(), false, true, false);
    }

    boolean isMap() {
        return holdsVerdicts || !data.isEmpty();
    }

    static int typeNumber(List<DataType> types) {
        int number = 0;
        for (DataType type : types) {
            number = number << TYPE_BITS | type.number();
        }
        return number;
    }

    /** Length in bytes: of the type itself, or of a concatenation's registers. */
    static int length(List<DataType> types) {
        if (types.size() == 1) {
            return types.get(0).length();
        }
        int registers = 0;
        for (DataType type : types) {
            registers += type.registers();
        }
        return registers * 4;
    }

    /** What nft notes about the order of bytes: 0 for concatenations, as their parts may differ. */
    static int byteOrder(List<DataType> types) {
        return types.size() == 1 ? types.get(0).byteOrder() : 0;
    }
}
