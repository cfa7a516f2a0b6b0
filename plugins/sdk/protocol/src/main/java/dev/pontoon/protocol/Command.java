package dev.pontoon.protocol;

import java.util.Optional;

/** What CNI_COMMAND may say. */
public enum Command {
    ADD(CniVersion.V0_1_0),
    DEL(CniVersion.V0_1_0),
    CHECK(CniVersion.V0_4_0),
    GC(CniVersion.V1_1_0),
    STATUS(CniVersion.V1_1_0),
    VERSION(CniVersion.V0_1_0);

    private final CniVersion since;

    Command(CniVersion since) {
        this.since = since;
    }

    /** The first version of the spec in which a configuration may be used with this command. */
    public CniVersion since() {
        return since;
    }

    /** Whether it is about one container's interface. */
    public boolean concernsAttachment() {
        return this == ADD || this == DEL || this == CHECK;
    }

    /** The command of that name; empty if there is none. */
    public static Optional<Command> of(String text) {
        for (Command command : values()) {
            if (command.name().equals(text)) {
                return Optional.of(command);
            }
        }
        return Optional.empty();
    }
}
