package dev.pontoon.hostlocal;

import dev.pontoon.protocol.CniException;
import dev.pontoon.protocol.ConfigObject;
import dev.pontoon.protocol.Dns;
import dev.pontoon.protocol.ErrorCode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.StringTokenizer;

/**
 * Reads a file in the format of resolv.conf(5). Lists of several lines add up; of several domains
 * the last counts.
 */
final class ResolvConf {
    private final List<String> nameservers = new ArrayList<>();
    private final List<String> search = new ArrayList<>();
    private final List<String> options = new ArrayList<>();
    private String domain = "";

    private ResolvConf() {}

    /**
     * What the file named by {@code resolvConf} says, a relative path from {@code folder} on;
     * {@link Dns#NONE} if none is named.
     */
    static Dns read(ConfigObject ipam, Path folder) {
        String file = ipam.text("resolvConf", "");
        if (file.isEmpty()) {
            return Dns.NONE;
        }
        try {
            return parse(
                    new String(Files.readAllBytes(folder.resolve(file)), StandardCharsets.UTF_8));
        } catch (InvalidPathException e) {
            throw ipam.invalid("resolvConf", "must be a path");
        } catch (IOException e) {
            throw new CniException(
                            ErrorCode.IO_FAILURE,
                            "read "
                                    + ipam.pathOf("resolvConf")
                                    + " "
                                    + file
                                    + ": "
                                    + Failures.reason(e),
                            "name a file that is there, or leave the key out")
                    .because(e);
        }
    }

    static Dns parse(String text) {
        ResolvConf file = new ResolvConf();
        StringTokenizer lines = new StringTokenizer(text, "\n");
        while (lines.hasMoreTokens()) {
            file.line(lines.nextToken());
        }
        return new Dns(file.nameservers, file.domain, file.search, file.options);
    }

    private void line(String line) {
        StringTokenizer words = new StringTokenizer(line, " \t\r");
        if (words.countTokens() < 2 || line.startsWith("#") || line.startsWith(";")) {
            return;
        }
        switch (words.nextToken()) {
            case "nameserver" -> nameservers.add(words.nextToken());
            case "domain" -> domain = words.nextToken();
            case "search" -> addAll(words, search);
            case "options" -> addAll(words, options);
            default -> {
                // "sortlist" and the like have no place in a result.
            }
        }
    }

    private static void addAll(StringTokenizer words, List<String> to) {
        while (words.hasMoreTokens()) {
            to.add(words.nextToken());
        }
    }
}
