package dev.pontoon.hostlocal;

import static org.assertj.core.api.Assertions.assertThat;

import dev.pontoon.protocol.Ip;
import dev.pontoon.protocol.NetworkConfig;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CandidatesTest {
    @ParameterizedTest(name = "{0} after {1}")
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            textBlock =
                    """
                    {'subnet':'10.1.0.0/29'}                                          |           | 2 3 4 5 6
                    {'subnet':'10.1.0.0/29'}                                          | 10.1.0.4  | 5 6 2 3 4
                    {'subnet':'10.1.0.0/29'}                                          | 10.1.0.6  | 2 3 4 5 6
                    {'subnet':'10.1.0.0/29'}                                          | 10.9.0.6  | 2 3 4 5 6
                    {'subnet':'10.1.0.0/29','gateway':'10.1.0.4'}                     | 10.1.0.3  | 5 6 1 2 3
                    {'subnet':'10.1.0.0/29','gateway':'10.9.0.1'}                     |           | 1 2 3 4 5 6
                    {'subnet':'10.1.0.0/24','rangeStart':'10.1.0.9','rangeEnd':'10.1.0.9'} | 10.1.0.9 | 9
                    {'subnet':'10.1.0.0/24','rangeStart':'10.1.0.0','rangeEnd':'10.1.0.3'} | | 0 2 3
                    {'subnet':'10.1.0.0/29','exclude':['10.1.0.2','10.1.0.4/31']}     |           | 3 6
                    {'subnet':'10.1.0.0/29','exclude':['10.1.0.4/30']}                | 10.1.0.5  | 2 3
                    {'subnet':'10.1.0.0/29','exclude':['10.1.0.0/28']}                | 10.1.0.5  | ``
                    {'subnet':'10.1.0.0/24','rangeStart':'10.1.0.8','rangeEnd':'10.1.0.9'},{'subnet':'10.1.0.0/24','rangeStart':'10.1.0.3','rangeEnd':'10.1.0.4'}| 10.1.0.8 | 9 3 4 8
                    {'subnet':'10.1.0.0/24','rangeStart':'10.1.0.8','rangeEnd':'10.1.0.9'},{'subnet':'10.1.0.0/24','rangeStart':'10.1.0.3','rangeEnd':'10.1.0.4'}| 10.1.0.4 | 8 9 3 4
                    {'subnet':'fd00::/126'}                                           | fd00::2   | 3 2
                    {'subnet':'255.255.255.248/29','rangeEnd':'255.255.255.255'}      | 255.255.255.254 | 255 250 251 252 253 254
                    """)
    void eachAddressOnceInTurn(String ranges, @Nullable String last, String lastParts) {
        RangeSet set = set(ranges);
        Ip start = last == null ? null : Ip.parse(last).orElseThrow();
        List<String> found = new ArrayList<>();
        Candidates candidates = new Candidates(set, start);
        for (Ip ip = candidates.next(); ip != null; ip = candidates.next()) {
            String text = ip.toString();
            found.add(text.substring(Math.max(text.lastIndexOf('.'), text.lastIndexOf(':')) + 1));
        }
        assertThat(String.join(" ", found)).isEqualTo(lastParts);
        assertThat(candidates.next()).isNull();
    }

    static RangeSet set(String ranges) {
        String conf = "{'name':'n','cniVersion':'1.1.0','ipam':{'ranges':[[" + ranges + "]]}}";
        byte[] json = conf.replace('\'', '"').getBytes(StandardCharsets.UTF_8);
        return HostLocalConfig.read(NetworkConfig.read(json), Path.of("")).sets().getFirst();
    }
}
