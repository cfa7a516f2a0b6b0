package dev.pontoon.conformance.spec;

/**
 * How strongly something is asked of a plugin; a reading of the prose, so its sentence stays beside
 * it.
 */
public enum Level {
    /** The spec demands it. */
    MUST("must"),
    /** The spec recommends it. */
    SHOULD("should"),
    /**
     * The spec allows it; a case of this level shows what the plugin chose or how well it does it.
     */
    MAY("may"),
    /** The spec is silent or contradicts itself, but runtimes rely on it. */
    DE_FACTO("de-facto");

    private final String text;

    Level(String text) {
        this.text = text;
    }

    /** As command line and reports have it: {@code de-facto}. */
    @Override
    public String toString() {
        return text;
    }
}
