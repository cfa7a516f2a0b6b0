package dev.pontoon.protocol;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The protocol variables of one call (spec section 2, Parameters), checked.
 *
 * <p>Variables that a command does not use are neither required nor looked at: a runtime probing
 * VERSION sets them to {@code dummy}, and GC gets them empty.
 *
 * @param command what to do
 * @param containerId the container; empty where the command is not about one
 * @param netns the namespace path as given; empty for DEL when the namespace is gone
 * @param ifname the interface inside the container; empty where the command is not about one
 * @param args CNI_ARGS as given; see {@link CniArgs}
 * @param path the folders of CNI_PATH
 * @param netnsOverride whether the plugin may work in its own namespace
 * @param variables every variable of the process, for programs that are run on its behalf
 */
public record Environment(
        Command command,
        String containerId,
        String netns,
        String ifname,
        String args,
        List<String> path,
        boolean netnsOverride,
        Map<String, String> variables) {

    private static final int IFNAME_BYTES = 15;

    /**
     * Reads and checks the variables. Throws {@link CniException} with code 4; missing ones are
     * reported all together.
     */
    public static Environment read(Map<String, String> variables) {
        Command command = command(variables);
        Environment environment =
                new Environment(
                        command,
                        value(variables, "CNI_CONTAINERID"),
                        value(variables, "CNI_NETNS"),
                        value(variables, "CNI_IFNAME"),
                        value(variables, "CNI_ARGS"),
                        folders(value(variables, "CNI_PATH")),
                        isTrue(value(variables, "CNI_NETNS_OVERRIDE")),
                        Map.copyOf(variables));
        environment.requirePresent();
        if (command.concernsAttachment()) {
            requireContainerId(environment.containerId);
            requireIfname(environment.ifname);
        }
        return environment;
    }

    /**
     * For work that no runtime asks for and that is about no container, such as an operator's: that
     * of a STATUS with these variables beside it.
     */
    public static Environment ofOperator(Map<String, String> variables) {
        Map<String, String> all = new HashMap<>(variables);
        all.put("CNI_COMMAND", Command.STATUS.name());
        return read(all);
    }

    /** The PATH of the call, where programs of the host are looked for; empty for none. */
    public String programPath() {
        return value(variables, "PATH");
    }

    private static Command command(Map<String, String> variables) {
        String text = value(variables, "CNI_COMMAND");
        if (text.isEmpty()) {
            throw invalid(
                    "required environment variable CNI_COMMAND is missing",
                    "a CNI plugin is run by a container runtime; see --help");
        }
        return Command.of(text)
                .orElseThrow(() ->
                        invalid(
                                "unknown CNI_COMMAND: " + text,
                                "it must be one of ADD, DEL, CHECK, GC, STATUS, VERSION"));
    }

    private void requirePresent() {
        List<String> missing = new ArrayList<>();
        if (containerId.isEmpty() && command.concernsAttachment()) {
            missing.add("CNI_CONTAINERID");
        }
        if (netns.isEmpty() && (command == Command.ADD || command == Command.CHECK)) {
            missing.add("CNI_NETNS");
        }
        if (ifname.isEmpty() && command.concernsAttachment()) {
            missing.add("CNI_IFNAME");
        }
        // Optional for the others (spec section 2); only a delegate needs it.
        if (path.isEmpty() && command == Command.GC) {
            missing.add("CNI_PATH");
        }
        if (!missing.isEmpty()) {
            throw invalid(
                    "required environment variables missing for "
                            + command
                            + ": "
                            + String.join(", ", missing),
                    "");
        }
    }

    private static void requireContainerId(String id) {
        if (!isIdentifier(id)) {
            throw invalid(
                    "CNI_CONTAINERID has characters that are not allowed: " + quote(id),
                    "it must be a letter or digit, then letters, digits, '_', '.' or '-'");
        }
    }

    private static void requireIfname(String name) {
        byte[] bytes = name.getBytes(StandardCharsets.UTF_8);
        if (!new String(bytes, StandardCharsets.UTF_8).equals(name)) {
            throw invalid("CNI_IFNAME has half a character: " + quote(name), "it must be UTF-8");
        }
        if (bytes.length > IFNAME_BYTES) {
            throw invalid(
                    "CNI_IFNAME is too long: " + quote(name),
                    "an interface name has at most 15 bytes");
        }
        if (name.equals(".") || name.equals("..")) {
            throw invalid("CNI_IFNAME must not be " + name, "");
        }
        for (int i = 0; i < name.length(); i++) {
            if (isForbiddenInIfname(name.charAt(i))) {
                throw invalid(
                        "CNI_IFNAME has a character that is not allowed: " + quote(name),
                        "not allowed are '/', ':' and white space");
            }
        }
    }

    private static boolean isForbiddenInIfname(char c) {
        // U+FFFD stands for bytes that are no UTF-8. NBSP and NEL are white space to Unicode, not
        // to Java.
        return c == '/'
                || c == ':'
                || c == '\u00a0'
                || c == '\u0085'
                || c == '\ufffd'
                || Character.isWhitespace(c)
                || Character.isSpaceChar(c)
                || Character.isISOControl(c);
    }

    /** Whether the text is what the spec asks of container ids and network names. */
    static boolean isIdentifier(String text) {
        if (text.isEmpty() || !isLetterOrDigit(text.charAt(0))) {
            return false;
        }
        for (int i = 1; i < text.length(); i++) {
            char c = text.charAt(i);
            if (!isLetterOrDigit(c) && c != '_' && c != '.' && c != '-') {
                return false;
            }
        }
        return true;
    }

    private static boolean isLetterOrDigit(char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    }

    private static List<String> folders(String path) {
        List<String> folders = new ArrayList<>();
        for (String folder : path.split(":")) {
            if (!folder.isEmpty()) {
                folders.add(folder);
            }
        }
        return List.copyOf(folders);
    }

    private static boolean isTrue(String text) {
        return text.equals("1") || text.equalsIgnoreCase("true");
    }

    private static String value(Map<String, String> variables, String name) {
        return variables.getOrDefault(name, "");
    }

    private static String quote(String text) {
        return '"' + text + '"';
    }

    private static CniException invalid(String message, String details) {
        return new CniException(ErrorCode.INVALID_ENVIRONMENT, message, details);
    }
}
