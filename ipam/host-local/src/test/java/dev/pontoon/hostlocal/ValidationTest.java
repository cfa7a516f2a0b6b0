package dev.pontoon.hostlocal;

import static org.assertj.core.api.Assertions.assertThat;

import dev.pontoon.protocol.CniException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Everything that is refused, and that nothing is written before. */
class ValidationTest {
    @TempDir Path root;

    @ParameterizedTest(name = "{0}")
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            textBlock =
                    """
                    ``                                                          | 7 | no ranges
                    'ranges':[]                                                 | 7 | no ranges
                    'ranges':[[]]                                               | 7 | ipam.ranges[0]: the range set is empty
                    'ranges':[[{}]]                                             | 7 | ipam.ranges[0][0].subnet
                    'ranges':[[{'subnet':'10.1.0.0'}]]                          | 7 | ipam.ranges[0][0].subnet
                    'ranges':[[{'subnet':'::ffff:10.9.0.0/120'}]]               | 7 | ipam.ranges[0][0].subnet
                    'ranges':[[{'subnet':'10.01.0.0/24'}]]                      | 7 | ipam.ranges[0][0].subnet
                    'ranges':[[{'subnet':'10.0.0.0/31'}]]                       | 7 | too small
                    'ranges':[[{'subnet':'10.0.0.1/32'}]]                       | 7 | too small
                    'ranges':[[{'subnet':'fd00::/127'}]]                        | 7 | too small
                    'ranges':[[{'subnet':'10.0.0.7/24'}]]                       | 7 | the network is 10.0.0.0/24
                    'ranges':[[{'subnet':'10.0.0.0/24','rangeStart':'10.0.1.1'}]] | 7 | rangeStart "10.0.1.1": is not in the subnet
                    'ranges':[[{'subnet':'10.0.0.0/24','rangeEnd':'fd00::1'}]]  | 7 | rangeEnd
                    'ranges':[[{'subnet':'10.0.0.0/24','rangeEnd':'x'}]]        | 7 | must be an address
                    'ranges':[[{'subnet':'10.0.0.0/24','rangeStart':'10.0.0.9','rangeEnd':'10.0.0.8'}]] | 7 | behind the end
                    'ranges':[[{'subnet':'10.0.0.0/24','gateway':'10.0.0'}]]    | 7 | gateway
                    'ranges':[[{'subnet':'10.0.0.0/24','exclude':['fd00::/64']}]] | 7 | exclude
                    'ranges':[[{'subnet':'10.0.0.0/24','exclude':'10.0.0.9'}]]  | 6 | exclude
                    'ranges':[[{'subnet':'10.0.0.0/24'},{'subnet':'fd00::/64'}]] | 7 | mixes the address families
                    'ranges':[[{'subnet':'10.0.0.0/24'},{'subnet':'10.0.0.0/16'}]] | 7 | overlap
                    'ranges':[[{'subnet':'10.0.0.0/24'}],[{'subnet':'10.0.0.128/25'}]] | 7 | ipam.ranges[1]
                    'subnet':'10.0.0.0/24','ranges':[[{'subnet':'10.0.0.0/24'}]] | 7 | overlaps with ipam.subnet
                    'ranges':[{'subnet':'10.0.0.0/24'}]                         | 6 | ipam.ranges[0]
                    'ranges':{}                                                 | 6 | ipam.ranges
                    'subnet':7                                                  | 6 | ipam.subnet
                    'subnet':'10.0.0.0/24','dataDir':7                          | 6 | ipam.dataDir
                    'subnet':'10.0.0.0/24','dataDir':'networks'                 | 7 | absolute
                    'subnet':'10.0.0.0/24','routes':[{'dst':'x'}]               | 7 | ipam.routes[0].dst
                    'subnet':'10.0.0.0/24','routes':7                           | 6 | ipam.routes
                    """)
    void isRefusedBeforeAnythingIsWritten(String ipam, int code, String message) {
        Node node = new Node(root);
        String conf = node.conf(ipam);
        CniException refused = HostLocalPluginTest.failure(code, () -> node.add(conf, "c1"));
        assertThat(refused.text()).contains(message);
        assertThat(root).isEmptyDirectory();
    }

    @ParameterizedTest(name = "{0} {1}")
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            textBlock =
                    """
                    IP=10.1.0.1         | ``                                    | 4 | CNI_ARGS IP 10.1.0.1: is the gateway
                    IP=10.1.0.0         | ``                                    | 4 | network address of 10.1.0.0/24
                    IP=10.1.0.255       | ``                                    | 4 | broadcast address of 10.1.0.0/24
                    IP=10.2.0.9         | ``                                    | 4 | in none of the ranges [10.1.0.1-10.1.0.254]
                    IP=10.1.0.40        | ``                                    | 4 | excluded
                    IP=nonsense         | ``                                    | 4 | must be an address
                    IP=10.1.0.9,10.1.0.8 | ``                                   | 4 | must be an address
                    FOO=bar             | ``                                    | 4 | unknown key
                    IP                  | ``                                    | 4 | invalid pair
                    ``                  | ,'args':{'cni':{'ips':['10.1.0.1']}}  | 7 | args.cni.ips 10.1.0.1: is the gateway
                    ``                  | ,'args':{'cni':{'ips':['x']}}         | 7 | args.cni.ips x
                    ``                  | ,'args':{'cni':{'ips':'10.1.0.9'}}    | 6 | args.cni.ips
                    ``                  | ,'runtimeConfig':{'ips':['fd00::9/64']} | 7 | runtimeConfig.ips fd00::9
                    ``                  | ,'runtimeConfig':{'ips':['10.1.0.9','10.1.0.8']} | 7 | 10.1.0.9 is asked for too
                    """)
    void impossibleWishIsRefusedBeforeAnythingIsWritten(
            String args, String more, int code, String message) {
        Node node = new Node(root);
        String conf =
                node.conf(
                        "net",
                        "1.1.0",
                        "'ranges':[[{'subnet':'10.1.0.0/24','exclude':['10.1.0.40/29']}]]",
                        more);
        CniException refused = HostLocalPluginTest.failure(code, () -> node.add(conf, "c1", args));
        assertThat(refused.text()).contains(message);
        assertThat(root).isEmptyDirectory();
    }

    @Test
    void oldVersionsExpressOneAddressPerFamily() {
        Node node = new Node(root);
        String two = "'ranges':[[{'subnet':'10.1.0.0/24'}],[{'subnet':'10.2.0.0/24'}]]";
        CniException refused =
                HostLocalPluginTest.failure(
                        7, () -> node.add(node.conf("net", "0.2.0", two, ""), "c1"));
        assertThat(refused.text())
                .contains("0.2.0 does not support more than 1 address per family");
        String dual = "'ranges':[[{'subnet':'10.1.0.0/24'}],[{'subnet':'fd00::/64'}]]";
        assertThat(node.add(node.conf("net", "0.2.0", dual, ""), "c1")).hasSize(2);
    }

    @Test
    void setsAreNumberedFromTheRuntimesRangesOn() {
        Node node = new Node(root);
        String runtime =
                ",'runtimeConfig':{'ipRanges':[[{'Subnet':'10.3.0.0/24','RangeStart':''}]]}";
        String ipam = "'subnet':'10.1.0.0/24','ranges':[[{'subnet':'10.2.0.0/24'}]]";
        assertThat(node.add(node.conf("net", "1.1.0", ipam, runtime), "c1"))
                .containsExactly("10.3.0.2", "10.1.0.2", "10.2.0.2");
        assertThat(Node.read(node.lease("last_reserved_ip.0"))).isEqualTo("10.3.0.2");
        assertThat(Node.read(node.lease("last_reserved_ip.1"))).isEqualTo("10.1.0.2");
        assertThat(Node.read(node.lease("last_reserved_ip.2"))).isEqualTo("10.2.0.2");
    }
}
