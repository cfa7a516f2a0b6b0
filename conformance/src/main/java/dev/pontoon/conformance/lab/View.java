package dev.pontoon.conformance.lab;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import dev.pontoon.conformance.host.HarnessFault;
import dev.pontoon.conformance.host.Output;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.function.Function;

/** Looking at one network namespace, with the tools an operator has. */
public final class View {

    private final String where;
    private final Function<List<String>, Output> runner;

    View(String where, Function<List<String>, Output> runner) {
        this.where = where;
        this.runner = runner;
    }

    /** Runs a command in the namespace, whatever its exit status. */
    public Output run(String... command) {
        return runner.apply(List.of(command));
    }

    /** Runs a shell script in the namespace that has to work, and returns its stdout. */
    public String sh(String script) {
        Output output = run("sh", "-e", "-c", script);
        if (output.exit() != 0) {
            throw new HarnessFault(
                    "in " + where + ": " + script + ": " + output.err() + output.out());
        }
        return output.out();
    }

    /** Runs a command that prints JSON. */
    public JsonNode json(String... command) {
        Output output = run(command);
        try {
            if (output.exit() == 0) {
                return output.out().isBlank() ? Json.object() : Json.parse(output.out());
            }
        } catch (JsonProcessingException _) {
            // Said below.
        }
        throw new HarnessFault(
                "in "
                        + where
                        + ": "
                        + String.join(" ", command)
                        + ": "
                        + output.err()
                        + output.out());
    }

    /** All links, as {@code ip -j -d link} tells them. */
    public List<JsonNode> links() {
        List<JsonNode> links = new ArrayList<>();
        json("ip", "-j", "-d", "link", "show").forEach(links::add);
        return links;
    }

    /** The names of all links, sorted. */
    public SortedSet<String> linkNames() {
        var names = new TreeSet<String>();
        links().forEach(link -> names.add(link.path("ifname").asText()));
        return names;
    }

    /** The link of that name, if there is one. */
    public Optional<JsonNode> link(String name) {
        return links().stream()
                .filter(link -> link.path("ifname").asText().equals(name))
                .findFirst();
    }

    /** The link of that name; the case fails when there is none. */
    public JsonNode needLink(String name) {
        return link(name)
                .orElseThrow(() ->
                        new Unmet(
                                "there is a link " + name + " in " + where,
                                "these are the links: " + linkNames()));
    }

    /** Addresses of a link with their prefix lengths, without the kernel's own link-local ones. */
    public List<String> addresses(String link) {
        List<String> found = new ArrayList<>();
        for (JsonNode node : json("ip", "-j", "address", "show", "dev", link)) {
            for (JsonNode info : node.path("addr_info")) {
                if (!info.path("scope").asText().equals("link")) {
                    found.add(info.path("local").asText() + "/" + info.path("prefixlen").asText());
                }
            }
        }
        return found;
    }

    /** Routes of the main tables of both families, as {@code ip -j route} tells them. */
    public List<JsonNode> routes() {
        List<JsonNode> routes = new ArrayList<>();
        json("ip", "-j", "-4", "route", "show").forEach(routes::add);
        json("ip", "-j", "-6", "route", "show").forEach(routes::add);
        return routes;
    }

    /** The route to a destination ({@code default} or a prefix) in the main tables, if any. */
    public Optional<JsonNode> route(String destination) {
        return routes().stream()
                .filter(route -> route.path("dst").asText().equals(destination))
                .findFirst();
    }

    /** The whole ruleset as {@code nft list ruleset} prints it. */
    public String nft() {
        return run("nft", "list", "ruleset").out();
    }

    /** Whether the address answers an echo request, tried for about three seconds. */
    public boolean pings(String address) {
        return run("ping", "-c", "1", "-W", "1", address).exit() == 0
                || run("ping", "-c", "2", "-i", "0.2", "-W", "1", address).exit() == 0;
    }
}
