package dev.pontoon.attachment;

import dev.pontoon.protocol.Attachment;
import dev.pontoon.protocol.Cidr;
import dev.pontoon.protocol.CniException;
import dev.pontoon.protocol.ErrorCode;
import dev.pontoon.protocol.Ip;
import java.util.ArrayList;
import java.util.List;

/**
 * Masquerading with the {@code iptables} program, for networks that ask for it: the very chains and
 * rules that the reference plugins make, so that either can remove what the other made.
 *
 * <p>The chain's name has no interface in it, so two interfaces of one container share it: it goes
 * with the last rule that leads to it.
 */
final class IptablesMasquerade {
    private static final String POSTROUTING = "POSTROUTING";
    // How long the program waits for others that hold the tables, in seconds.
    private static final String WAIT_SECONDS = "10";
    private static final int EXIT_LOCKED = 4;

    private final String path;
    private final String variant;

    private IptablesMasquerade(String path, String variant) {
        this.path = path;
        this.variant = variant;
    }

    /** With the program that the host calls iptables; {@code path} is the PATH of the call. */
    static IptablesMasquerade ofHost(String path) {
        return new IptablesMasquerade(path, "");
    }

    /** For rules of the old xtables kind, whatever kind the host's iptables makes. */
    static IptablesMasquerade ofXtables(String path) {
        return new IptablesMasquerade(path, "-legacy");
    }

    /** Masquerades what leaves these addresses for anywhere but their own subnets and multicast. */
    void add(Attachment attachment, List<Cidr> addresses) {
        String chain = ReferenceNames.masqueradeChain(attachment);
        String comment = ReferenceNames.masqueradeComment(attachment);
        for (Cidr address : addresses) {
            String multicast = address.isV4() ? "224.0.0.0/4" : "ff00::/8";
            ensureChain(address, chain);
            ensure(address, chain, comment, "-d", address.network().toString(), "-j", "ACCEPT");
            ensure(address, chain, comment, "!", "-d", multicast, "-j", "MASQUERADE");
            ensure(address, POSTROUTING, comment, "-s", host(address), "-j", chain);
        }
    }

    /** Removes the rules of these addresses, and the chain if no other address needs it. */
    void remove(Attachment attachment, List<Cidr> addresses) {
        String chain = ReferenceNames.masqueradeChain(attachment);
        String comment = ReferenceNames.masqueradeComment(attachment);
        for (Cidr address : addresses) {
            // Old reference plugins wrote the rule with the subnet's prefix length.
            for (String source : List.of(host(address), address.toString())) {
                List<String> rule = rule(POSTROUTING, comment, "-s", source, "-j", chain);
                while (succeeds(address, "-C", rule)) {
                    require(address, command("-D", rule));
                }
            }
        }
        for (Cidr address : addresses) {
            removeChainIfUnused(address, chain);
        }
    }

    /**
     * Removes the container's rules but for those of addresses that its other interfaces have.
     *
     * @param families a network of each IP version to look at; looking at one loads its tables
     */
    void removeExcept(Attachment attachment, List<Ip> others, List<Cidr> families) {
        String chain = ReferenceNames.masqueradeChain(attachment);
        for (Cidr family : families) {
            List<Cidr> sources = sources(family, chain);
            sources.removeIf(source -> others.contains(source.address()));
            remove(attachment, sources);
            removeChainIfUnused(family, chain);
        }
    }

    /** The addresses whose traffic is led to a chain. */
    private List<Cidr> sources(Cidr family, String chain) {
        List<Cidr> sources = new ArrayList<>();
        for (String rule : run(family, List.of("-S", POSTROUTING)).text().split("\n")) {
            List<String> words = List.of(rule.split(" "));
            int source = words.indexOf("-s") + 1;
            if (source > 0 && rule.endsWith(" -j " + chain)) {
                Cidr.parse(words.get(source)).ifPresent(sources::add);
            }
        }
        return sources;
    }

    private void removeChainIfUnused(Cidr family, String chain) {
        Program.Outcome listed = run(family, List.of("-S", POSTROUTING));
        boolean used = listed.exit() == 0 && listed.text().contains("-j " + chain);
        if (used || !hasChain(family, chain)) {
            return;
        }
        require(family, List.of("-F", chain));
        require(family, List.of("-X", chain));
    }

    /** Whether everything is there that masquerades the address. */
    boolean has(Attachment attachment, Cidr address) {
        String chain = ReferenceNames.masqueradeChain(attachment);
        String comment = ReferenceNames.masqueradeComment(attachment);
        String multicast = address.isV4() ? "224.0.0.0/4" : "ff00::/8";
        return hasChain(address, chain)
                && succeeds(
                        address,
                        "-C",
                        rule(chain, comment, "!", "-d", multicast, "-j", "MASQUERADE"))
                && succeeds(
                        address,
                        "-C",
                        rule(POSTROUTING, comment, "-s", host(address), "-j", chain));
    }

    /** Throws code 50 if the program is not there. */
    void requireProgram() {
        if (Program.find(name(true), path).isEmpty()) {
            throw missing(ErrorCode.NOT_AVAILABLE, name(true));
        }
    }

    /** Whether the programs for these addresses are there. */
    boolean isInstalled(List<Cidr> addresses) {
        for (Cidr address : addresses) {
            if (Program.find(name(address.isV4()), path).isEmpty()) {
                return false;
            }
        }
        return true;
    }

    private void ensureChain(Cidr family, String chain) {
        if (hasChain(family, chain)) {
            return;
        }
        Program.Outcome made = run(family, List.of("-N", chain));
        if (made.exit() != 0 && !hasChain(family, chain)) {
            throw failure(family, List.of("-N", chain), made);
        }
    }

    private boolean hasChain(Cidr family, String chain) {
        return run(family, List.of("-S", chain)).exit() == 0;
    }

    private void ensure(Cidr family, String chain, String comment, String... match) {
        List<String> rule = rule(chain, comment, match);
        if (!succeeds(family, "-C", rule)) {
            require(family, command("-A", rule));
        }
    }

    private static List<String> rule(String chain, String comment, String... match) {
        List<String> rule = new ArrayList<>(List.of(chain));
        rule.addAll(List.of(match));
        rule.addAll(List.of("-m", "comment", "--comment", comment));
        return rule;
    }

    private static List<String> command(String verb, List<String> rule) {
        List<String> command = new ArrayList<>(List.of(verb));
        command.addAll(rule);
        return command;
    }

    private boolean succeeds(Cidr family, String verb, List<String> rule) {
        return run(family, command(verb, rule)).exit() == 0;
    }

    private void require(Cidr family, List<String> arguments) {
        Program.Outcome outcome = run(family, arguments);
        if (outcome.exit() != 0) {
            throw failure(family, arguments, outcome);
        }
    }

    private CniException failure(Cidr family, List<String> arguments, Program.Outcome outcome) {
        ErrorCode code =
                outcome.exit() == EXIT_LOCKED
                        ? ErrorCode.TRY_AGAIN_LATER
                        : ErrorCode.PROGRAM_FAILED;
        return new CniException(
                code,
                "run "
                        + program(family.isV4())
                        + " -t nat "
                        + String.join(" ", arguments)
                        + ": exit status "
                        + outcome.exit()
                        + ": "
                        + outcome.text());
    }

    private Program.Outcome run(Cidr family, List<String> arguments) {
        List<String> all = new ArrayList<>(List.of("-w", WAIT_SECONDS, "-t", "nat"));
        all.addAll(arguments);
        return program(family.isV4()).run(all);
    }

    private Program program(boolean v4) {
        return Program.find(name(v4), path)
                .orElseThrow(() -> missing(ErrorCode.PROGRAM_FAILED, name(v4)));
    }

    private String name(boolean v4) {
        return (v4 ? "iptables" : "ip6tables") + variant;
    }

    private static CniException missing(ErrorCode code, String program) {
        return new CniException(
                code,
                "ipMasqBackend is iptables, and there is no program " + program,
                "install it, or use the nftables backend, which needs no program");
    }

    private static String host(Cidr address) {
        return new Cidr(address.address(), address.address().bits()).toString();
    }
}
