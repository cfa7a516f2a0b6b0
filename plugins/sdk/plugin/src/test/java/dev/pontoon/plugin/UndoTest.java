package dev.pontoon.plugin;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.pontoon.linux.Errno;
import dev.pontoon.linux.KernelException;
import dev.pontoon.protocol.CniException;
import dev.pontoon.protocol.ErrorCode;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class UndoTest {
    private final StopSignal stop = new StopSignal();
    private final List<String> undone = new ArrayList<>();

    private Runnable step(String name) {
        return () -> undone.add(name);
    }

    @Test
    void committedStepsStay() {
        try (Undo undo = new Undo(stop)) {
            undo.push("a", step("a"));
            undo.commit();
        }
        assertThat(undone).isEmpty();
    }

    @Test
    void stepsAreUndoneLastFirst() {
        assertThatThrownBy(
                        () -> {
                            try (Undo undo = new Undo(stop)) {
                                undo.push("a", step("a"));
                                undo.push("b", step("b"));
                                undo.push("c", step("c"));
                                throw new IllegalStateException("failed");
                            }
                        })
                .hasMessage("failed")
                .hasNoSuppressedExceptions();
        assertThat(undone).containsExactly("c", "b", "a");
    }

    @Test
    void closingTwiceUndoesOnce() {
        Undo undo = new Undo(stop);
        undo.push("a", step("a"));
        undo.close();
        undo.close();
        assertThat(undone).containsExactly("a");
    }

    @Test
    void failingStepKeepsNoOtherFromBeingUndone() {
        Throwable failure =
                catchThrowable(() -> {
                    try (Undo undo = new Undo(stop)) {
                        undo.push("a", step("a"));
                        undo.push(
                                "delete b",
                                () -> {
                                    throw new StackOverflowError();
                                });
                        undo.push(
                                "delete c",
                                () -> {
                                    throw new KernelException("unlink c", Errno.EPERM);
                                });
                        throw new IllegalStateException("failed");
                    }
                });

        assertThat(undone).containsExactly("a");
        assertThat(failure).hasMessage("failed");
        assertThat(failure.getSuppressed()).hasSize(1);
        assertThat(failure.getSuppressed()[0])
                .isInstanceOf(UndoFailedException.class)
                .hasMessageContaining("could not delete c: unlink c");
        assertThat(failure.getSuppressed()[0].getSuppressed()[0])
                .hasMessageContaining("could not delete b")
                .hasMessageContaining("StackOverflowError");
    }

    @Test
    void stopIsSeenAfterEachStepAndBeforeTheCommit() {
        Undo undo = new Undo(stop);
        undo.push("a", step("a"));
        stop.request("SIGINT");

        assertThatThrownBy(() -> undo.push("b", step("b"))).hasMessageContaining("SIGINT");
        assertThatThrownBy(undo::commit).isInstanceOf(CniException.class);
        undo.close();
        assertThat(undone).containsExactly("b", "a");
    }

    @Test
    void cleanupRunsEveryStepAndTellsAllFailures() {
        Cleanup cleanup = new Cleanup();
        assertThat(cleanup.step("a", step("a"))).isTrue();
        assertThat(cleanup.isComplete()).isTrue();
        assertThat(
                        cleanup.step(
                                "delete b",
                                () -> {
                                    throw new KernelException("unlink b", Errno.EPERM);
                                }))
                .isFalse();
        cleanup.step(
                "release c",
                () -> {
                    throw new CniException(ErrorCode.TRY_AGAIN_LATER, "store is locked");
                });
        cleanup.step(
                "delete d",
                () -> {
                    throw new NoClassDefFoundError("x");
                });
        cleanup.step("e", step("e"));

        assertThat(undone).containsExactly("a", "e");
        assertThat(cleanup.isComplete()).isFalse();
        assertThatThrownBy(cleanup::finish)
                .isInstanceOfSatisfying(
                        CniException.class, told -> assertThat(told.code()).isEqualTo(11))
                .hasMessageContaining("3 steps failed")
                .hasMessageContaining("unlink b")
                .hasMessageContaining("store is locked")
                .hasMessageContaining("could not delete d");
    }

    @Test
    void cleanupThrowsASingleFailureItself() {
        KernelException failure = new KernelException("unlink b", Errno.EPERM);
        Cleanup cleanup = new Cleanup();
        cleanup.step(
                "delete b",
                () -> {
                    throw failure;
                });

        assertThat(catchThrowable(cleanup::finish)).isSameAs(failure);
    }

    @Test
    void cleanupOfKernelFailuresIsIncomplete() {
        Cleanup cleanup = new Cleanup();
        for (String name : List.of("a", "b")) {
            cleanup.step(
                    name,
                    () -> {
                        throw new KernelException("unlink " + name, Errno.EBUSY);
                    });
        }

        assertThatThrownBy(cleanup::finish)
                .isInstanceOfSatisfying(
                        CniException.class, told -> assertThat(told.code()).isEqualTo(106));
    }

    @Test
    void cleanupWithoutFailuresFinishes() {
        Cleanup cleanup = new Cleanup();
        cleanup.step("a", step("a"));
        cleanup.finish();
    }
}
