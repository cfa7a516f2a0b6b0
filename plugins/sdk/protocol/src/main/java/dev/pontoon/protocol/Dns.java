package dev.pontoon.protocol;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;

/**
 * Name resolution as a result tells it; all parts may be empty.
 *
 * @param nameservers addresses, in the order in which to ask them
 * @param domain the local domain, or empty
 * @param search domains to try for short names
 * @param options options for the resolver
 */
public record Dns(
        List<String> nameservers, String domain, List<String> search, List<String> options) {
    /** Nothing said about name resolution. */
    public static final Dns NONE = new Dns(List.of(), "", List.of(), List.of());

    public Dns {
        nameservers = List.copyOf(nameservers);
        search = List.copyOf(search);
        options = List.copyOf(options);
    }

    /** Reads the object of a configuration or a result. */
    public static Dns read(ConfigObject dns) {
        return new Dns(
                dns.texts("nameservers"),
                dns.text("domain", ""),
                dns.texts("search"),
                dns.texts("options"));
    }

    /** Whether all parts are empty. */
    public boolean isEmpty() {
        return nameservers.isEmpty() && domain.isEmpty() && search.isEmpty() && options.isEmpty();
    }

    ObjectNode toJson() {
        ObjectNode json = JsonNodeFactory.instance.objectNode();
        putList(json, "nameservers", nameservers);
        if (!domain.isEmpty()) {
            json.put("domain", domain);
        }
        putList(json, "search", search);
        putList(json, "options", options);
        return json;
    }

    private static void putList(ObjectNode json, String key, List<String> texts) {
        if (!texts.isEmpty()) {
            var list = json.putArray(key);
            for (String text : texts) {
                list.add(text);
            }
        }
    }
}
