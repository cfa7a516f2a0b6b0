package dev.pontoon.firewall;

import dev.pontoon.attachment.Program;
import dev.pontoon.protocol.CniException;
import dev.pontoon.protocol.ErrorCode;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/**
 * The programs {@code iptables} and {@code iptables-restore} of one IP version on the table filter:
 * one lists, the other makes all changes at once. Both together wait ten seconds for whoever else
 * holds the tables, and then give up.
 */
final class Iptables {
    private static final long PATIENCE_SECONDS = 10;
    private static final int EXIT_LOCKED = 4;

    private final String path;
    private final String name;
    private final long start = System.nanoTime();

    private Iptables(String path, String name) {
        this.path = path;
        this.name = name;
    }

    /** Whatever kind of tables the host's program makes; {@code path} is the PATH of the call. */
    static Iptables ofHost(String path, boolean v4) {
        return new Iptables(path, v4 ? "iptables" : "ip6tables");
    }

    /** For tables of the old xtables kind, which nf_tables does not show. */
    static Iptables ofXtables(String path, boolean v4) {
        return new Iptables(path, v4 ? "iptables-legacy" : "ip6tables-legacy");
    }

    boolean isInstalled() {
        return Program.find(name, path).isPresent();
    }

    /** All chains and rules of the table, as {@code iptables -S} prints them. */
    List<String> list() {
        return List.of(run(name, List.of("-t", "filter", "-S"), "").split("\n"));
    }

    /** Makes these changes, each as behind {@code iptables}, all or none. */
    void change(List<String> changes) {
        if (changes.isEmpty()) {
            return;
        }
        String program = name + "-restore";
        String input = "*filter\n" + String.join("\n", changes) + "\nCOMMIT\n";
        run(program, List.of("--noflush"), input);
    }

    private String run(String program, List<String> arguments, String input) {
        List<String> all = new ArrayList<>(List.of("-w", Long.toString(secondsLeft())));
        all.addAll(arguments);
        Optional<Program> found = Program.find(program, path);
        if (found.isEmpty()) {
            throw missing(ErrorCode.PROGRAM_FAILED, program);
        }
        Program.Outcome outcome = found.get().run(all, input);
        if (outcome.exit() != 0) {
            throw failure(found.get() + " " + String.join(" ", all), input, outcome);
        }
        return outcome.text();
    }

    private long secondsLeft() {
        long spent = TimeUnit.NANOSECONDS.toSeconds(System.nanoTime() - start);
        return Math.max(1, PATIENCE_SECONDS - spent);
    }

    private static CniException failure(String command, String input, Program.Outcome outcome) {
        ErrorCode code =
                outcome.exit() == EXIT_LOCKED
                        ? ErrorCode.TRY_AGAIN_LATER
                        : ErrorCode.PROGRAM_FAILED;
        String told = input.isEmpty() ? "" : " (" + input.strip().replace("\n", "; ") + ")";
        return new CniException(
                code,
                "run " + command + told + ": exit status " + outcome.exit() + ": " + outcome.text(),
                code == ErrorCode.TRY_AGAIN_LATER
                        ? "another program holds the tables of iptables; repeat the call"
                        : "");
    }

    /** Throws code 50 if the program is not there. */
    void requireInstalled() {
        for (String each : List.of(name, name + "-restore")) {
            if (Program.find(each, path).isEmpty()) {
                throw missing(ErrorCode.NOT_AVAILABLE, each);
            }
        }
    }

    private static CniException missing(ErrorCode code, String program) {
        return new CniException(
                code,
                "the backend is iptables, and there is no program " + program,
                "install it, or use the nftables backend, which needs no program");
    }
}
