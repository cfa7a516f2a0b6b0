package dev.pontoon.node;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** A DaemonSet among the files for Kubernetes. */
record Manifest(JsonNode document) {

    static final Path FOLDER = Path.of("kubernetes");

    /** Reads {@code kubernetes/NAME.yaml}, which holds one object. */
    static Manifest read(String name) {
        try {
            String text = Files.readString(FOLDER.resolve(name + ".yaml"));
            return new Manifest(new ObjectMapper(new YAMLFactory()).readTree(text));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** What its pods are like. */
    JsonNode pod() {
        return document.path("spec").path("template").path("spec");
    }

    /** Where a volume of its pods lies on the node. */
    String hostPath(String volume) {
        for (JsonNode each : pod().path("volumes")) {
            if (each.path("name").asText().equals(volume)) {
                return each.path("hostPath").path("path").asText();
            }
        }
        throw new IllegalArgumentException("no volume " + volume + " in " + document);
    }

    /** The container of that name, be it one that comes first. */
    JsonNode container(String name) {
        for (String kind : new String[] {"initContainers", "containers"}) {
            for (JsonNode each : pod().path(kind)) {
                if (each.path("name").asText().equals(name)) {
                    return each;
                }
            }
        }
        throw new IllegalArgumentException("no container " + name + " in " + document);
    }
}
