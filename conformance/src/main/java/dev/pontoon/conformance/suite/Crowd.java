package dev.pontoon.conformance.suite;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.pontoon.conformance.lab.Attachment;
import dev.pontoon.conformance.lab.Call;
import dev.pontoon.conformance.lab.Lab;
import dev.pontoon.conformance.lab.NotHere;
import dev.pontoon.conformance.lab.Reply;
import dev.pontoon.conformance.subject.Trait;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;

/** Many attachments of one network, called all at once. */
final class Crowd {

    /** So many of them share the machine that each takes longer. */
    private static final Duration LONGEST = Duration.ofMinutes(2);

    private final Lab lab;
    private final List<Attachment> members = new ArrayList<>();

    private Crowd(Lab lab) {
        this.lab = lab;
    }

    /** Builds containers; nothing is called yet. */
    static Crowd of(Lab lab, int size, Supplier<ObjectNode> config) {
        if (lab.has(Trait.EXCLUSIVE)) {
            throw new NotHere(lab.subject().type() + " serves one container at a time");
        }
        var crowd = new Crowd(lab);
        for (int n = 0; n < size; n++) {
            crowd.members.add(lab.attachment(lab.container(), config.get()));
        }
        return crowd;
    }

    List<Attachment> members() {
        return members;
    }

    /** Starts ADD for each of them at once, and waits for all; each has to succeed. */
    void addAll() {
        finish(members.stream().map(this::add).toList());
    }

    /** Starts DEL for each of them at once, and waits for all; each has to succeed. */
    void delAll() {
        finish(members.stream().map(this::del).toList());
    }

    /** A call that goes on, and what has to come of it. */
    interface Started {
        /** Waits; the case fails when the call did. */
        void finish();
    }

    /** Waits for all of them, and judges only then, so that no call outlives the case. */
    static void finish(List<Started> started) {
        RuntimeException first = null;
        for (Started one : started) {
            try {
                one.finish();
            } catch (RuntimeException e) {
                first = first == null ? e : first;
            }
        }
        if (first != null) {
            throw first;
        }
    }

    /** Starts an ADD. */
    Started add(Attachment attachment) {
        Call.Running running = lab.call("ADD", attachment).within(LONGEST).start();
        return () -> {
            Reply reply = running.reply();
            lab.keepResult(attachment, reply);
            reply.result();
        };
    }

    /** Starts a DEL of the first plugin; networks of several get theirs when the case ends. */
    Started del(Attachment attachment) {
        return started("DEL", attachment);
    }

    /** Starts a CHECK. */
    Started check(Attachment attachment) {
        return started("CHECK", attachment);
    }

    private Started started(String command, Attachment attachment) {
        Call.Running running = lab.call(command, attachment).within(LONGEST).start();
        return () -> running.reply().succeeded();
    }
}
