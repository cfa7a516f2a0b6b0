package dev.pontoon.portmap;

import dev.pontoon.attachment.Program;
import dev.pontoon.protocol.CniException;
import dev.pontoon.protocol.ErrorCode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** The nat table of one IP version as a program of the iptables family reads and writes it. */
final class NatTable {
    // How long a program waits for others that hold the tables, in seconds.
    private static final String WAIT_SECONDS = "10";
    private static final int EXIT_LOCKED = 4;

    private final String path;
    private final boolean v4;
    private final String variant;

    private NatTable(String path, boolean v4, String variant) {
        this.path = path;
        this.v4 = v4;
        this.variant = variant;
    }

    /** With the program that the host calls iptables; {@code path} is the PATH of the call. */
    static NatTable ofHost(String path, boolean v4) {
        return new NatTable(path, v4, "");
    }

    /**
     * The table of the old xtables kind, which nf_tables does not show; empty where the kernel has
     * none, or nobody can have made rules in it because there is no program.
     */
    static Optional<NatTable> legacy(String path, boolean v4) {
        NatTable table = new NatTable(path, v4, "-legacy");
        String names = v4 ? "ip_tables_names" : "ip6_tables_names";
        return lists(Path.of("/proc/self/net", names)) && table.isInstalled()
                ? Optional.of(table)
                : Optional.empty();
    }

    private static boolean lists(Path names) {
        try {
            return Files.readAllLines(names).contains("nat");
        } catch (IOException e) {
            // The module is not loaded, or this is no root: there is nothing that we could remove.
            return false;
        }
    }

    /** Whether the program is there. */
    boolean isInstalled() {
        return Program.find(name(""), path).isPresent();
    }

    /** For STATUS: throws code 50 if the program is not there. */
    void requireProgram() {
        if (!isInstalled()) {
            throw missing(ErrorCode.NOT_AVAILABLE, name(""));
        }
    }

    /** The rules and chains, as {@code iptables -S} lists them. */
    List<String> list() {
        return run("", List.of("-w", WAIT_SECONDS, "-t", "nat", "-S"), "").lines().toList();
    }

    /** Makes a chain that is missing; another call may be quicker. */
    void ensureChain(String chain, List<String> listed) {
        if (listed.contains("-N " + chain)) {
            return;
        }
        try {
            run("", List.of("-w", WAIT_SECONDS, "-t", "nat", "-N", chain), "");
        } catch (CniException e) {
            if (!list().contains("-N " + chain)) {
                throw e;
            }
        }
    }

    /** Makes all changes or none, in the words of {@code iptables-save}. */
    void change(List<String> lines) {
        if (lines.isEmpty()) {
            return;
        }
        List<String> all = new ArrayList<>();
        all.add("*nat");
        all.addAll(lines);
        all.add("COMMIT\n");
        run("-restore", List.of("-w", WAIT_SECONDS, "--noflush"), String.join("\n", all));
    }

    private String run(String suffix, List<String> arguments, String input) {
        String name = name(suffix);
        Program program =
                Program.find(name, path).orElseThrow(() -> missing(ErrorCode.PROGRAM_FAILED, name));
        Program.Outcome outcome = program.run(arguments, input);
        if (outcome.exit() == 0) {
            return outcome.text();
        }
        ErrorCode code =
                outcome.exit() == EXIT_LOCKED
                        ? ErrorCode.TRY_AGAIN_LATER
                        : ErrorCode.PROGRAM_FAILED;
        throw new CniException(
                code,
                "run "
                        + program
                        + " "
                        + String.join(" ", arguments)
                        + ": exit status "
                        + outcome.exit()
                        + ": "
                        + outcome.text(),
                input.strip().replace('\n', ';'));
    }

    private String name(String suffix) {
        return (v4 ? "iptables" : "ip6tables") + variant + suffix;
    }

    private static CniException missing(ErrorCode code, String program) {
        return new CniException(
                code,
                "the backend is iptables, and there is no program " + program,
                "install it, or use the nftables backend, which needs no program");
    }
}
