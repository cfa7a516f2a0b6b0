package dev.pontoon.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.pontoon.protocol.CniException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** How a folder of networks is read, by the rules that libcni has (LIB-01, LIB-09, LIB-10). */
final class NetworkFolderTest {
    @TempDir private Path folder;

    private void write(String name, String text) throws IOException {
        Path file = folder.resolve(name);
        Files.createDirectories(file.getParent());
        Files.writeString(file, text.replace('\'', '"'));
    }

    private NetworkList require(String name) {
        return new NetworkFolder(folder).require(name);
    }

    private static List<String> types(NetworkList list) {
        return list.plugins().stream().map(NetworkList.Plugin::type).toList();
    }

    @Test
    void firstFileOfThatNetworkWinsAndListsComeBeforeSinglePlugins() throws IOException {
        write("05.conf", "{'name':'n1','type':'single'}");
        write("20.conflist", "{'name':'n1','plugins':[{'type':'later'}]}");
        write("10.conflist", "{'name':'n1','plugins':[{'type':'a'},{'type':'b'}]}");

        assertThat(types(require("n1"))).containsExactly("a", "b");
    }

    @Test
    void singlePluginBecomesAList() throws IOException {
        write("20.json", "{'name':'n1','cniVersion':'0.3.1','type':'of json'}");
        write("10.conf", "{'name':'n2','type':'of conf'}");

        assertThat(types(require("n1"))).containsExactly("of json");
        assertThat(require("n1").version()).isEqualTo("0.3.1");
        assertThat(types(require("n2"))).containsExactly("of conf");
    }

    @Test
    void pluginsInFilesOfTheirOwnComeBehindTheInlinedOnes() throws IOException {
        write("10.conflist", "{'name':'n1','plugins':[{'type':'a'}]}");
        write("n1/20.conf", "{'type':'c'}");
        write("n1/10.conf", "{'type':'b'}");
        write("n1/30.json", "{'type':'no'}");
        write(
                "20.conflist",
                "{'name':'n2','loadOnlyInlinedPlugins':true,'plugins':[{'type':'a'}]}");
        write("n2/10.conf", "{'type':'b'}");
        write("30.conflist", "{'name':'n3'}");
        write("n3/10.conf", "{'type':'b'}");

        assertThat(types(require("n1"))).containsExactly("a", "b", "c");
        assertThat(types(require("n2"))).containsExactly("a");
        assertThat(types(require("n3"))).containsExactly("b");
    }

    @Test
    void unknownNetworkIsToldWithThoseThereAre() throws IOException {
        write("10.conflist", "{'name':'n1','plugins':[{'type':'a'}]}");

        assertThatThrownBy(() -> require("n2"))
                .isInstanceOfSatisfying(
                        CniException.class,
                        e -> assertThat(e.text() + e.details()).contains("\"n2\"", "n1"));
    }

    @Test
    void brokenFileEndsTheSearchAndIsToldAmongAll() throws IOException {
        write("10.conflist", "{'name':");
        write("20.conflist", "{'name':'n1','plugins':[{'type':'a'}]}");

        assertThatThrownBy(() -> require("n1")).hasMessageContaining("10.conflist");
        assertThat(new NetworkFolder(folder).all())
                .satisfiesExactly(
                        broken -> assertThat(broken.failure()).isNotNull(),
                        good -> assertThat(good.list()).isNotNull());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '^',
            value = {
                "'cniVersion':'0.4.0' | 0.4.0",
                "'cniVersion':'9.9.9' | 9.9.9",
                "'cniVersions':['0.4.0','1.1.0','1.0.0'] | 1.1.0",
                "'cniVersion':'1.1.0','cniVersions':['0.4.0'] | 1.1.0",
                "'cniVersion':'0.4.0','cniVersions':['0.10.0','9.0.0'] | 0.10.0",
                "'cniVersion':'0.4.0','cniVersions':['9.0.0'] | 0.4.0"
            })
    void newestKnownVersionIsChosen(String versions, String chosen) throws IOException {
        write("10.conflist", "{'name':'n1'," + versions + ",'plugins':[{'type':'a'}]}");

        assertThat(require("n1").version()).isEqualTo(chosen);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '^',
            value = {
                "'disableCheck':true | true",
                "'disableCheck':'TRUE' | true",
                "'disableCheck':'false' | false",
                "'x':1 | false"
            })
    void booleanMayBeAWord(String key, boolean disabled) throws IOException {
        write("10.conflist", "{'name':'n1'," + key + ",'plugins':[{'type':'a'}]}");

        assertThat(require("n1").disableCheck()).isEqualTo(disabled);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '^',
            value = {
                "{'plugins':[{'type':'a'}]} | name",
                "{'name':7,'plugins':[{'type':'a'}]} | name",
                "{'name':'n1','plugins':[]} | plugins",
                "{'name':'n1'} | plugins",
                "{'name':'n1','plugins':[{}]} | type",
                "{'name':'n1','plugins':[3]} | plugin",
                "{'name':'n1','loadOnlyInlinedPlugins':true} | loadOnlyInlinedPlugins",
                "{'name':'n1','disableGC':3,'plugins':[{'type':'a'}]} | disableGC",
                "{'name':'n1','cniVersions':['x'],'plugins':[{'type':'a'}]} | version",
                "[] | object"
            })
    void whatIsWrongIsNamed(String text, String named) throws IOException {
        write("10.conflist", text);

        assertThatThrownBy(() -> require("n1"))
                .isInstanceOf(CniException.class)
                .hasMessageContaining(named);
    }
}
