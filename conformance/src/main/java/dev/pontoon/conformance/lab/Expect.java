package dev.pontoon.conformance.lab;

import java.util.Collection;
import java.util.Objects;
import java.util.function.Supplier;

/** Ends a case as failed unless something holds. */
public final class Expect {

    private Expect() {}

    /**
     * @param expected what should hold, as a sentence without a stop
     * @param actual what holds instead; asked only then
     */
    public static void that(boolean holds, String expected, Supplier<String> actual) {
        if (!holds) {
            throw new Unmet(expected, actual.get());
        }
    }

    /**
     * @param what the thing compared: {@code the MTU of eth0}
     */
    public static void equal(String what, Object expected, Object actual) {
        that(
                Objects.equals(expected, actual),
                what + " is " + expected,
                () -> what + " is " + actual);
    }

    /**
     * @param what the things: {@code addresses of eth0}
     */
    public static <T> void contains(String what, Collection<T> all, T one) {
        that(
                all.contains(one),
                one + " is among the " + what,
                () -> "these are the " + what + ": " + all);
    }

    /**
     * @param what the things: {@code addresses of eth0}
     */
    public static <T> void lacks(String what, Collection<T> all, T one) {
        that(
                !all.contains(one),
                one + " is not among the " + what,
                () -> "these are the " + what + ": " + all);
    }
}
