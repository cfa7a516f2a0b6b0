package dev.pontoon.protocol;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;

/** The answer to VERSION (spec section 5, Version). */
public final class VersionInfo {
    private VersionInfo() {}

    /**
     * The document. It repeats the version that the runtime speaks, as the spec asks; {@code
     * spoken} is the configuration that came with the call, and anything unreadable in it is
     * answered with the newest version.
     */
    public static String toJson(List<CniVersion> supported, byte[] spoken) {
        ObjectNode json = JsonNodeFactory.instance.objectNode();
        json.put("cniVersion", spokenVersion(supported, spoken).text());
        ArrayNode list = json.putArray("supportedVersions");
        for (CniVersion version : supported) {
            list.add(version.text());
        }
        return Json.write(json);
    }

    private static CniVersion spokenVersion(List<CniVersion> supported, byte[] spoken) {
        try {
            String text = ConfigObject.read(spoken, "the version").text("cniVersion", "none");
            CniVersion version = CniVersion.of(text).orElse(supported.getLast());
            return supported.contains(version) ? version : supported.getLast();
        } catch (CniException e) {
            return supported.getLast();
        }
    }
}
