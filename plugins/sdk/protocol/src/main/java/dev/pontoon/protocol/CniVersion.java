package dev.pontoon.protocol;

import java.util.List;
import java.util.Optional;

/** The versions of the CNI specification, oldest first. */
public enum CniVersion {
    V0_1_0("0.1.0"),
    V0_2_0("0.2.0"),
    V0_3_0("0.3.0"),
    V0_3_1("0.3.1"),
    V0_4_0("0.4.0"),
    V1_0_0("1.0.0"),
    V1_1_0("1.1.0");

    /** Every version, oldest first. */
    public static final List<CniVersion> ALL = List.of(values());

    private final String text;

    CniVersion(String text) {
        this.text = text;
    }

    /** As it stands in {@code cniVersion}: "1.1.0". */
    public String text() {
        return text;
    }

    /** Whether this version is {@code other} or newer. */
    public boolean atLeast(CniVersion other) {
        return ordinal() >= other.ordinal();
    }

    /**
     * The version with exactly this text; the empty text means 0.1.0, which had no version field.
     */
    public static Optional<CniVersion> of(String text) {
        if (text.isEmpty()) {
            return Optional.of(V0_1_0);
        }
        for (CniVersion version : ALL) {
            if (version.text.equals(text)) {
                return Optional.of(version);
            }
        }
        return Optional.empty();
    }

    @Override
    public String toString() {
        return text;
    }
}
