package dev.pontoon.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.pontoon.protocol.Attachment;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The results that libcni keeps (LIB-05, LIB-06). */
final class ResultCacheTest {
    private static final Attachment ATTACHMENT = new Attachment("n1", "c1", "eth0");

    /** As libcni writes it, key by key in its order. */
    private static final String KEPT =
            """
            {"kind":"cniCacheV1","containerId":"c1",\
            "config":"eyJuYW1lIjoibjEiLCJwbHVnaW5zIjpbeyJ0eXBlIjoiYSJ9XX0=",\
            "ifName":"eth0","networkName":"n1","netns":"/run/netns/c1",\
            "cniArgs":[["IP","10.1.0.9"],["IgnoreUnknown","1"]],\
            "capabilityArgs":{"mac":"02:00:00:00:00:01"},\
            "result":{"cniVersion":"1.0.0","ips":[{"address":"10.1.0.9/24"}],"dns":{}}}\
            """;

    @TempDir private Path folder;

    private ResultCache cache() {
        return new ResultCache(folder.resolve("results"));
    }

    private Path keep(String text) throws IOException {
        Files.createDirectories(folder.resolve("results"));
        return Files.writeString(folder.resolve("results/n1-c1-eth0"), text);
    }

    @Test
    void fileOfLibcniIsRead() throws IOException {
        keep(KEPT);

        CachedResult kept = cache().find(ATTACHMENT).orElseThrow();

        assertThat(kept.attachment()).isEqualTo(ATTACHMENT);
        assertThat(kept.target().netns()).isEqualTo("/run/netns/c1");
        assertThat(kept.target().args()).isEqualTo("IP=10.1.0.9;IgnoreUnknown=1");
        assertThat(kept.target().capabilityArgs().path("mac").asText())
                .isEqualTo("02:00:00:00:00:01");
        assertThat(kept.config()).isEqualTo("{\"name\":\"n1\",\"plugins\":[{\"type\":\"a\"}]}");
        assertThat(kept.list().name()).isEqualTo("n1");
        assertThat(cache().list()).extracting(CachedResult::attachment).containsExactly(ATTACHMENT);
    }

    @Test
    void whereLibcniDoesNotTellTheNamespaceTheResultDoes() throws IOException {
        keep(
                KEPT.replace("\"netns\":\"/run/netns/c1\",", "")
                        .replace(
                                "\"ips\"",
                                "\"interfaces\":[{\"name\":\"cni0\"},"
                                        + "{\"name\":\"eth0\",\"sandbox\":\"/run/netns/c2\"}],\"ips\""));

        CachedResult kept = cache().find(ATTACHMENT).orElseThrow();

        assertThat(kept.target().netns()).isEmpty();
        assertThat(kept.netns()).isEqualTo("/run/netns/c2");
    }

    @Test
    void whatIsWrittenIsWhatLibcniWrites() throws IOException {
        Path file = keep(KEPT);
        CachedResult kept = cache().find(ATTACHMENT).orElseThrow();
        Files.delete(file);

        cache().write(kept.list(), kept.target(), kept.result());

        assertThat(file).hasContent(KEPT);
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
                .isEqualTo("rw-------");
        assertThat(folder.resolve("results")).isDirectoryNotContaining("glob:**.new");
    }

    @Test
    void resultIsTurnedIntoTheVersionOfTheList() throws IOException {
        keep(KEPT);

        ObjectNode result = cache().find(ATTACHMENT).orElseThrow().resultIn("0.4.0");

        assertThat(result.path("cniVersion").asText()).isEqualTo("0.4.0");
        assertThat(result.at("/ips/0/version").asText()).isEqualTo("4");
    }

    @Test
    void bareResultOfOldVersionsIsRead() throws IOException {
        keep("{\"cniVersion\":\"0.4.0\",\"ips\":[]}");

        assertThat(cache().find(ATTACHMENT).orElseThrow().resultIn("0.4.0").path("ips").isArray())
                .isTrue();
        assertThat(cache().list()).isEmpty();
    }

    @Test
    void unreadableFileIsLeftOutOfTheList() throws IOException {
        keep("{\"kind\":");

        assertThat(cache().list()).isEmpty();
        assertThat(cache().has(ATTACHMENT)).isTrue();
    }
}
