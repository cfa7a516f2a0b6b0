package dev.pontoon.plugin;

import dev.pontoon.protocol.Attachment;
import dev.pontoon.protocol.CniException;
import dev.pontoon.protocol.ErrorCode;
import java.util.Optional;

/** What CHECK says of an attachment that is not as it should be (code 103). */
public final class Findings {
    private final Attachment attachment;

    /** What is wrong with that attachment. */
    public Findings(Attachment attachment) {
        this.attachment = attachment;
    }

    /** The error for what is wrong, told as a sentence about it: "eth0 is down". */
    public CniException failed(String what) {
        return new CniException(
                ErrorCode.CHECK_FAILED, prefix() + what, "detach and attach the container again");
    }

    private String prefix() {
        return "check " + attachment + ": ";
    }

    /** The sentence with which an inspection fails; empty if it does not. */
    public Optional<String> of(Runnable inspection) {
        try {
            inspection.run();
            return Optional.empty();
        } catch (CniException e) {
            if (e.code() != ErrorCode.CHECK_FAILED.number()) {
                throw e;
            }
            return Optional.of(e.text().substring(prefix().length()));
        }
    }

    /** Throws if {@code what} is not as wanted; an empty wish is fulfilled by anything. */
    public void requireEqual(String what, String wanted, String found) {
        if (!wanted.isEmpty() && !wanted.equalsIgnoreCase(found)) {
            throw failed(what + " is " + found + " and should be " + wanted);
        }
    }
}
