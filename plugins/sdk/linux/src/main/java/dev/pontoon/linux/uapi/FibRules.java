package dev.pontoon.linux.uapi;

/** Constants of {@code linux/fib_rules.h}: policy routing rules. */
public final class FibRules {
    public static final int FRA_SRC = 2;
    public static final int FRA_PRIORITY = 6;
    public static final int FRA_TABLE = 15;

    public static final int FR_ACT_TO_TBL = 1;

    private FibRules() {}
}
