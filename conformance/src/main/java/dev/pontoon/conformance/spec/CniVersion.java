package dev.pontoon.conformance.spec;

import java.util.List;

/** A version of the CNI spec. The order of the constants is the order of the versions. */
public enum CniVersion {
    V0_1_0("0.1.0"),
    V0_2_0("0.2.0"),
    V0_3_0("0.3.0"),
    V0_3_1("0.3.1"),
    V0_4_0("0.4.0"),
    V1_0_0("1.0.0"),
    V1_1_0("1.1.0");

    private final String text;

    CniVersion(String text) {
        this.text = text;
    }

    /**
     * The version written so.
     *
     * @throws IllegalArgumentException when no version the harness knows is written so
     */
    public static CniVersion of(String text) {
        for (CniVersion version : values()) {
            if (version.text.equals(text)) {
                return version;
            }
        }
        throw new IllegalArgumentException(
                "no CNI version is called " + text + "; known: " + List.of(values()));
    }

    /** Whether the harness knows a version written so. */
    public static boolean isKnown(String text) {
        return List.of(values()).stream().anyMatch(version -> version.text.equals(text));
    }

    public boolean atLeast(CniVersion other) {
        return compareTo(other) >= 0;
    }

    public boolean before(CniVersion other) {
        return compareTo(other) < 0;
    }

    /** As the configuration has it: {@code 1.1.0}. */
    @Override
    public String toString() {
        return text;
    }
}
