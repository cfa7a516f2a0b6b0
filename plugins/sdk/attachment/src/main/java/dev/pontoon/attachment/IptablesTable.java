package dev.pontoon.attachment;

import dev.pontoon.protocol.CniException;
import dev.pontoon.protocol.ErrorCode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/**
 * A table of one IP version as the programs {@code iptables} and {@code iptables-restore} read and
 * write it: one lists, the other makes all changes at once. All that is asked of one object waits
 * ten seconds together for whoever else holds the tables, and then gives up (code 11).
 */
public final class IptablesTable {
    private static final long PATIENCE_SECONDS = 10;
    private static final int EXIT_LOCKED = 4;

    private final String path;
    private final String table;
    private final String program;
    private final long start = System.nanoTime();

    private IptablesTable(String path, String table, String program) {
        this.path = path;
        this.table = table;
        this.program = program;
    }

    /**
     * With the program that the host calls iptables, whichever kind it is.
     *
     * @param path the PATH of the call
     * @param table its name: nat, filter
     */
    public static IptablesTable ofHost(String path, boolean v4, String table) {
        return new IptablesTable(path, table, v4 ? "iptables" : "ip6tables");
    }

    /**
     * The table of the old xtables kind, which nf_tables does not show; empty where the kernel has
     * none, or there is no program to read it with.
     */
    public static Optional<IptablesTable> legacy(String path, boolean v4, String table) {
        IptablesTable legacy =
                new IptablesTable(path, table, v4 ? "iptables-legacy" : "ip6tables-legacy");
        return hasLegacy(v4, table) && legacy.isInstalled()
                ? Optional.of(legacy)
                : Optional.empty();
    }

    /** Whether the kernel has that table of the old kind; to ask loads no module. */
    public static boolean hasLegacy(boolean v4, String table) {
        String names = v4 ? "ip_tables_names" : "ip6_tables_names";
        try {
            return Files.readAllLines(Path.of("/proc/self/net", names)).contains(table);
        } catch (IOException e) {
            // The module is not loaded, or this is no root: nothing there could be changed.
            return false;
        }
    }

    /** Whether the program that lists is there. */
    public boolean isInstalled() {
        return Program.find(program, path).isPresent();
    }

    /** For STATUS: throws code 50 if a program is not there. */
    public void requireInstalled() {
        for (String each : List.of(program, program + "-restore")) {
            if (Program.find(each, path).isEmpty()) {
                throw missing(ErrorCode.NOT_AVAILABLE, each);
            }
        }
    }

    /** All chains and rules, as {@code iptables -S} prints them. */
    public List<String> list() {
        return run(program, List.of("-t", table, "-S"), "").lines().toList();
    }

    /** Makes a chain that is missing in what {@link #list} gave; another call may be quicker. */
    public void ensureChain(String chain, List<String> listed) {
        if (listed.contains("-N " + chain)) {
            return;
        }
        try {
            run(program, List.of("-t", table, "-N", chain), "");
        } catch (CniException e) {
            if (!list().contains("-N " + chain)) {
                throw e;
            }
        }
    }

    /** Makes all changes or none; each is as it stands behind {@code iptables}. */
    public void change(List<String> changes) {
        if (!changes.isEmpty()) {
            String input = "*" + table + "\n" + String.join("\n", changes) + "\nCOMMIT\n";
            run(program + "-restore", List.of("--noflush"), input);
        }
    }

    private String run(String name, List<String> arguments, String input) {
        Program found =
                Program.find(name, path).orElseThrow(() -> missing(ErrorCode.PROGRAM_FAILED, name));
        List<String> all = new ArrayList<>(List.of("-w", Long.toString(secondsLeft())));
        all.addAll(arguments);
        Program.Outcome outcome = found.run(all, input);
        if (outcome.exit() != 0) {
            throw failure(found + " " + String.join(" ", all), input, outcome);
        }
        return outcome.text();
    }

    private long secondsLeft() {
        long spent = TimeUnit.NANOSECONDS.toSeconds(System.nanoTime() - start);
        return Math.max(1, PATIENCE_SECONDS - spent);
    }

    private static CniException failure(String command, String input, Program.Outcome outcome) {
        boolean isLocked = outcome.exit() == EXIT_LOCKED;
        String told = input.isEmpty() ? "" : " (" + input.strip().replace("\n", "; ") + ")";
        return new CniException(
                isLocked ? ErrorCode.TRY_AGAIN_LATER : ErrorCode.PROGRAM_FAILED,
                "run " + command + told + ": exit status " + outcome.exit() + ": " + outcome.text(),
                isLocked ? "another program holds the tables of iptables; repeat the call" : "");
    }

    private static CniException missing(ErrorCode code, String program) {
        return new CniException(
                code,
                "the backend is iptables, and there is no program " + program,
                "install it, or use the nftables backend, which needs no program");
    }
}
