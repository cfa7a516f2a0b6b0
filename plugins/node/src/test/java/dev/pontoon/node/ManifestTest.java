package dev.pontoon.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.google.gson.JsonParser;
import io.kubernetes.client.openapi.JSON;
import io.kubernetes.client.openapi.models.V1DaemonSet;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The files for Kubernetes, against the models that Kubernetes' own description is made into. */
class ManifestTest {

    @ParameterizedTest
    @ValueSource(strings = {"pontoon", "remove"})
    void isWhatKubernetesTakes(String name) throws IOException {
        String document = Manifest.read(name).document().toString();

        V1DaemonSet.validateJsonElement(JsonParser.parseString(document));

        // Quantities, ports and the like are parsed as well.
        V1DaemonSet parsed = new JSON().getGson().fromJson(document, V1DaemonSet.class);
        assertThat(parsed.getKind()).isEqualTo("DaemonSet");
        assertThat(parsed.getApiVersion()).isEqualTo("apps/v1");
        assertThat(parsed.getSpec().getTemplate().getMetadata().getLabels())
                .containsAllEntriesOf(parsed.getSpec().getSelector().getMatchLabels());
    }

    @Test
    void mistakesAreFound() {
        Manifest manifest = Manifest.read("pontoon");
        ((ObjectNode) manifest.container("keep")).put("privileged", true);

        String document = manifest.document().toString();

        assertThatThrownBy(() -> V1DaemonSet.validateJsonElement(JsonParser.parseString(document)))
                .hasMessageContaining("privileged");
    }

    @ParameterizedTest
    @ValueSource(strings = {"pontoon", "remove"})
    void hasTheImageOfThisVersion(String name) throws IOException {
        var version = Pattern.compile("(?m)^  <version>(.*)</version>$");
        var found = version.matcher(Files.readString(Path.of("../../pom.xml")));
        assertThat(found.find()).isTrue();
        JsonNode pod = Manifest.read(name).pod();

        assertThat(pod.findValuesAsText("image"))
                .containsOnly("localhost/pontoon:" + found.group(1));
    }

    @ParameterizedTest
    @ValueSource(strings = {"pontoon", "remove"})
    void runsOnEveryNodeWithoutAnAccount(String name) {
        JsonNode pod = Manifest.read(name).pod();

        assertThat(pod.path("tolerations").toString()).isEqualTo("[{\"operator\":\"Exists\"}]");
        assertThat(pod.path("priorityClassName").asText()).isEqualTo("system-node-critical");
        assertThat(pod.path("automountServiceAccountToken").asBoolean(true)).isFalse();
        assertThat(pod.has("serviceAccountName")).isFalse();
    }
}
