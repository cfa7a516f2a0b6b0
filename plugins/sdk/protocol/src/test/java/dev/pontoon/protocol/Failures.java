package dev.pontoon.protocol;

import static org.assertj.core.api.Assertions.catchThrowableOfType;

import org.assertj.core.api.ThrowableAssert.ThrowingCallable;

/** What a call threw, as the error document that a runtime would read. */
final class Failures {
    private Failures() {}

    static CniException of(ThrowingCallable call) {
        CniException thrown = catchThrowableOfType(CniException.class, call);
        if (thrown == null) {
            throw new AssertionError("nothing was thrown");
        }
        return thrown;
    }
}
