package dev.pontoon.staticipam;

import static org.assertj.core.api.Assertions.assertThat;

import dev.pontoon.plugin.Answer;
import dev.pontoon.plugin.Call;
import dev.pontoon.plugin.Installation;
import dev.pontoon.plugin.Log;
import dev.pontoon.plugin.Plugin;
import dev.pontoon.plugin.PluginMain;
import dev.pontoon.plugin.StopSignal;
import dev.pontoon.protocol.CniException;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.ServiceLoader;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class StaticPluginTest {
    private static final String TWO =
            "'addresses':[{'address':'10.1.0.5/24','gateway':'10.1.0.1'},{'address':'fd00::5/64'}]";

    private static String conf(String ipam, String more) {
        return conf("1.1.0", ipam, more);
    }

    private static String conf(String version, String ipam, String more) {
        String keys = ipam.isEmpty() ? "" : "," + ipam;
        return "{'cniVersion':'%s','name':'n'%s,'ipam':{'type':'static'%s}}"
                .formatted(version, more, keys)
                .replace('\'', '"');
    }

    /** What the plugin prints; an error document too. */
    private static String call(String command, String conf, String args) {
        Map<String, String> variables =
                Map.of(
                        "CNI_COMMAND", command,
                        "CNI_CONTAINERID", "c1",
                        "CNI_NETNS", "/run/netns/c1",
                        "CNI_IFNAME", "eth0",
                        "CNI_ARGS", args,
                        "CNI_PATH", "/opt/cni/bin");
        Call call = new Call(Installation.NONE, new StopSignal(), new Log("static", System.err));
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        byte[] in = conf.getBytes(StandardCharsets.UTF_8);
        PluginMain.run(
                new StaticPlugin(), call, variables, new ByteArrayInputStream(in), Answer.to(out));
        return out.toString(StandardCharsets.UTF_8).strip();
    }

    private static void assertFails(int code, String message, String output) {
        CniException error =
                CniException.read(output.getBytes(StandardCharsets.UTF_8)).orElseThrow();
        assertThat(error.text()).contains(message);
        assertThat(error.code()).as(error.text()).isEqualTo(code);
    }

    @Test
    void isFoundAsAService() {
        assertThat(ServiceLoader.load(Plugin.class).stream().map(each -> each.get().name()))
                .contains("static");
    }

    @Test
    void configuredAddressesRoutesAndDnsBecomeTheResult() {
        String ipam =
                TWO
                        + ",'routes':[{'dst':'0.0.0.0/0'},{'dst':'10.9.0.0/16','gw':'10.1.0.9','mtu':1400,"
                        + "'advmss':1300,'priority':7,'table':0,'scope':0}],"
                        + "'dns':{'nameservers':['10.1.0.2'],'domain':'d','search':['s'],'options':['o']}";
        assertThat(call("ADD", conf(ipam, ""), ""))
                .isEqualTo(
                        ("{'cniVersion':'1.1.0','ips':[{'address':'10.1.0.5/24','gateway':'10.1.0.1'},"
                                        + "{'address':'fd00::5/64'}],'routes':[{'dst':'0.0.0.0/0'},"
                                        + "{'dst':'10.9.0.0/16','gw':'10.1.0.9','mtu':1400,'advmss':1300,"
                                        + "'priority':7,'table':0,'scope':0}],'dns':{'nameservers':['10.1.0.2'],"
                                        + "'domain':'d','search':['s'],'options':['o']}}")
                                .replace('\'', '"'));
    }

    @ParameterizedTest(name = "{0} {1}")
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            textBlock =
                    """
                    ``                                  | ``                       | 10.1.0.5/24 fd00::5/64
                    IP=10.2.0.7/24                      | ``                       | 10.1.0.5/24 fd00::5/64 10.2.0.7/24
                    IP=10.2.0.7/24,10.3.0.7/24;GATEWAY=10.3.0.1,10.1.0.9 | ``      | 10.1.0.5/24 fd00::5/64 10.2.0.7/24 10.3.0.7/24>10.3.0.1
                    IP=10.2.0.7/24                      | ,'args':{'cni':{'ips':['10.4.0.7/24']}} | 10.4.0.7/24
                    IP=nonsense                         | ,'args':{'cni':{'ips':['10.4.0.7/24']}} | 10.4.0.7/24
                    IP=10.2.0.7/24                      | ,'args':{'cni':{'ips':['10.4.0.7/24']}},'runtimeConfig':{'ips':['10.5.0.7/24','fd00::7/64']} | 10.5.0.7/24 fd00::7/64
                    """)
    void runtimeAddsAddressesAndReplacesThem(String args, String more, String addresses) {
        String ipam = "'addresses':[{'address':'10.1.0.5/24'},{'address':'fd00::5/64'}]";
        String printed = call("ADD", conf(ipam, more), args);
        String found =
                printed.substring(printed.indexOf('[') + 1, printed.indexOf(']'))
                        .replace("{\"address\":\"", "")
                        .replace("\",\"gateway\":\"", ">")
                        .replace("\"}", "")
                        .replace(',', ' ');
        assertThat(found).isEqualTo(addresses);
    }

    @ParameterizedTest(name = "{0} {1} {2}")
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            textBlock =
                    """
                    'addresses':[{'address':'10.1.0.5'}]     | ``                | `` | 7 | ipam.addresses[0].address "10.1.0.5"
                    'addresses':[{}]                         | ``                | `` | 7 | ipam.addresses[0].address
                    'addresses':[{'address':'10.1.0.5/24','gateway':'x'}] | ``   | `` | 7 | ipam.addresses[0].gateway
                    'addresses':{}                           | ``                | `` | 6 | ipam.addresses
                    'addresses':[{'address':7}]              | ``                | `` | 6 | ipam.addresses[0].address
                    'routes':[{'dst':'x'}]                   | ``                | `` | 7 | ipam.routes[0].dst
                    'dns':{'nameservers':'x'}                | ``                | `` | 6 | ipam.dns.nameservers
                    ``                                       | ,'args':{'cni':{'ips':['10.1.0.5']}} | `` | 7 | args.cni.ips "10.1.0.5"
                    ``                                       | ,'runtimeConfig':{'ips':['10.1.0.5']} | `` | 7 | runtimeConfig.ips "10.1.0.5"
                    ``                                       | ``                | IP=10.1.0.5 | 4 | CNI_ARGS IP "10.1.0.5"
                    ``                                       | ``                | IP=10.1.0.5/24;GATEWAY=x | 4 | CNI_ARGS GATEWAY "x"
                    ``                                       | ``                | FOO=bar | 4 | FOO
                    """)
    void mistakeIsRefusedByAddAndStatusButNotByDel(
            String ipam, String more, String args, int code, String message) {
        assertFails(code, message, call("ADD", conf(ipam, more), args));
        if (args.isEmpty()) {
            assertFails(50, message, call("STATUS", conf(ipam, more), ""));
        }
        assertThat(call("DEL", conf(ipam, more), args)).isEmpty();
    }

    @Test
    void missingIpamIsRefused() {
        String conf = "{\"cniVersion\":\"1.1.0\",\"name\":\"n\"}";
        assertFails(7, "ipam", call("ADD", conf, ""));
        assertFails(50, "ipam", call("STATUS", conf, ""));
        assertThat(call("DEL", conf, "")).isEmpty();
        assertThat(call("GC", conf, "")).isEmpty();
    }

    @Test
    void withoutAddressesTheResultHasNoneWhereTheVersionAllowsIt() {
        assertThat(call("ADD", conf("", ""), "")).isEqualTo("{\"cniVersion\":\"1.1.0\"}");
        assertFails(7, "0.2.0", call("ADD", conf("0.2.0", "", ""), ""));
    }

    @Test
    void oldVersionsExpressOneAddressPerFamily() {
        assertThat(call("ADD", conf("0.2.0", TWO, ""), "")).contains("\"ip4\"", "\"ip6\"");
        assertFails(
                7,
                "0.2.0 does not support more than 1 address per family",
                call("ADD", conf("0.2.0", TWO, ""), "IP=10.2.0.1/24"));
    }

    @Test
    void checkComparesAddressesAndGateways() {
        String right = "{'address':'10.1.0.5/24','gateway':'10.1.0.1'},{'address':'fd00::5/64'}";
        assertThat(check(right + ",{'address':'10.9.9.9/24'}")).isEmpty();
        assertFails(
                103,
                "fd00::5/64 is not in prevResult",
                check("{'address':'10.1.0.5/24','gateway':'10.1.0.1'}"));
        assertFails(
                103,
                "10.1.0.5/24 is not",
                check("{'address':'10.1.0.5/25','gateway':'10.1.0.1'},{'address':'fd00::5/64'}"));
        assertFails(103, "gateway 10.1.0.2", check(right.replace("0.1'", "0.2'")));
        assertFails(103, "gateway", check(right.replace(",'gateway':'10.1.0.1'", "")));
        assertFails(7, "prevResult", call("CHECK", conf(TWO, ""), ""));
    }

    private static String check(String ips) {
        String previous = ",'prevResult':{'cniVersion':'1.1.0','ips':[" + ips + "]}";
        return call("CHECK", conf(TWO, previous), "");
    }
}
