package dev.pontoon.protocol;

/**
 * What a runtime asks of a plugin: checked, complete, and holding exactly what its command has. A
 * plugin switches over it without a default, or implements one method for each.
 */
public sealed interface Request {
    /**
     * Attach a container.
     *
     * @param config the configuration
     * @param attachment the key of what is to be made
     * @param environment the variables of the call; {@code netns} is not empty
     */
    record Add(NetworkConfig config, Attachment attachment, Environment environment)
            implements Request {}

    /**
     * See whether an attachment is still what it was after ADD.
     *
     * @param config the configuration, with the last ADD's result as prevResult
     * @param attachment the key of what is to be checked
     * @param environment the variables of the call; {@code netns} is not empty
     */
    record Check(NetworkConfig config, Attachment attachment, Environment environment)
            implements Request {}

    /**
     * Remove an attachment.
     *
     * @param config the configuration, perhaps with the last ADD's result as prevResult
     * @param attachment the key of what is to be removed
     * @param environment the variables of the call; {@code netns} may be empty or dead
     */
    record Del(NetworkConfig config, Attachment attachment, Environment environment)
            implements Request {}

    /** Remove what belongs to attachments of this network that are no longer valid. */
    record Gc(NetworkConfig config, Environment environment) implements Request {}

    /** Say whether an ADD could be served now. */
    record Status(NetworkConfig config, Environment environment) implements Request {}

    /** Say which versions are supported. */
    record Version() implements Request {}

    /**
     * The request that variables and configuration make. Throws {@link CniException} with code 1 if
     * the configuration's version does not have the command yet.
     */
    static Request of(Environment environment, NetworkConfig config) {
        Command command = environment.command();
        if (!config.version().atLeast(command.since())) {
            throw new CniException(
                    ErrorCode.INCOMPATIBLE_VERSION,
                    "config version does not allow " + command,
                    command
                            + " came with CNI "
                            + command.since()
                            + ", the configuration is "
                            + config.version());
        }
        Attachment attachment =
                new Attachment(config.name(), environment.containerId(), environment.ifname());
        return switch (command) {
            case ADD -> new Add(config, attachment, environment);
            case CHECK -> new Check(config, attachment, environment);
            case DEL -> new Del(config, attachment, environment);
            case GC -> new Gc(config, environment);
            case STATUS -> new Status(config, environment);
            case VERSION -> new Version();
        };
    }
}
