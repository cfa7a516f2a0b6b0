package dev.pontoon.linux;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.opentest4j.TestAbortedException;

/**
 * Every number this module knows by the kernel's name is the number the system's C headers know.
 */
class ConstantsTest {
    private static final List<String> HEADERS =
            List.of(
                    "errno.h",
                    "fcntl.h",
                    "poll.h",
                    "sched.h",
                    "sys/file.h",
                    "sys/socket.h",
                    "sys/stat.h",
                    "arpa/inet.h",
                    "net/ethernet.h",
                    "net/if_arp.h",
                    "linux/if.h",
                    "linux/fib_rules.h",
                    "linux/if_addr.h",
                    "linux/if_bridge.h",
                    "linux/if_link.h",
                    "linux/ip.h",
                    "linux/magic.h",
                    "linux/neighbour.h",
                    "linux/net_namespace.h",
                    "linux/netfilter.h",
                    "linux/netfilter/nf_conntrack_common.h",
                    "linux/netfilter/nf_nat.h",
                    "linux/netfilter/nf_tables.h",
                    "linux/netfilter/nf_tables_compat.h",
                    "linux/netfilter/nfnetlink.h",
                    "linux/netfilter/nfnetlink_conntrack.h",
                    "linux/netlink.h",
                    "linux/nsfs.h",
                    "linux/pkt_cls.h",
                    "linux/pkt_sched.h",
                    "linux/rtnetlink.h",
                    "linux/tc_act/tc_mirred.h",
                    "linux/veth.h");

    /** What user-space headers do not define, or not yet in the oldest distribution we build on. */
    private static final Map<String, String> NOT_IN_THE_HEADERS = Map.of();

    private static final Pattern UNKNOWN =
            Pattern.compile("error: ['\u2018](\\w+)['\u2019] undeclared");

    @TempDir Path folder;

    @Test
    void everyConstantIsTheHeaders() throws Exception {
        Map<String, Long> ours = constants();
        assertThat(ours).hasSizeGreaterThan(150);
        Map<String, Long> theirs = askTheHeaders(ours);

        List<String> wrong = new ArrayList<>();
        ours.forEach((name, value) -> {
            Long there = theirs.get(name);
            if (there == null && !NOT_IN_THE_HEADERS.containsKey(simple(name))) {
                wrong.add(name + ": the headers do not know it");
            } else if (there != null && there.longValue() != value) {
                wrong.add(name + ": ours " + value + ", theirs " + there);
            }
        });
        assertThat(wrong).isEmpty();
    }

    private static String simple(String name) {
        return name.substring(name.lastIndexOf('.') + 1);
    }

    /**
     * "Class.NAME" to value, of every class in the package of constants, and of the error numbers.
     */
    private static Map<String, Long> constants() throws Exception {
        Map<String, Long> all = new TreeMap<>();
        Path start =
                Path.of(Errno.class.getProtectionDomain().getCodeSource().getLocation().toURI());
        List<Class<?>> classes = new ArrayList<>(List.of(Errno.class));
        try (Stream<Path> files = Files.list(start.resolve("dev/pontoon/linux/uapi"))) {
            for (Path file : files.sorted().toList()) {
                String name = file.getFileName().toString().replace(".class", "");
                if (!name.equals("package-info")) {
                    classes.add(Class.forName("dev.pontoon.linux.uapi." + name));
                }
            }
        }
        for (Class<?> each : classes) {
            for (Field field : each.getDeclaredFields()) {
                if (Modifier.isPublic(field.getModifiers()) && field.getType() == int.class) {
                    all.put(
                            each.getSimpleName() + "." + field.getName(),
                            (long) field.getInt(null));
                }
            }
        }
        return all;
    }

    /** The values the compiler knows; the names that it does not know are missing. */
    private Map<String, Long> askTheHeaders(Map<String, Long> ours) throws Exception {
        List<String> names = ours.keySet().stream().map(ConstantsTest::simple).distinct().toList();
        Path source = folder.resolve("constants.c");
        Path program = folder.resolve("constants");
        Files.writeString(source, program(names));
        String complaints = run("gcc", "-w", "-fmax-errors=0", "-o", program + "", source + "");
        if (!complaints.isEmpty()) {
            List<String> known = new ArrayList<>(names);
            Matcher unknown = UNKNOWN.matcher(complaints);
            while (unknown.find()) {
                known.remove(unknown.group(1));
            }
            assertThat(known).as(complaints).hasSizeLessThan(names.size());
            Files.writeString(source, program(known));
            assertThat(run("gcc", "-w", "-o", program + "", source + "")).isEmpty();
        }
        Map<String, Long> values = new TreeMap<>();
        for (String line : run(program.toString()).lines().toList()) {
            values.put(
                    line.substring(0, line.indexOf(' ')),
                    Long.valueOf(line.substring(line.indexOf(' ') + 1)));
        }
        Map<String, Long> found = new TreeMap<>();
        for (String name : ours.keySet()) {
            if (values.containsKey(simple(name))) {
                found.put(name, values.get(simple(name)));
            }
        }
        return found;
    }

    private static String program(List<String> names) {
        StringBuilder c = new StringBuilder("#define _GNU_SOURCE\n#include <stdio.h>\n");
        for (String header : HEADERS) {
            c.append("#include <").append(header).append(">\n");
        }
        c.append("int main(void) {\n");
        for (String name : names) {
            // Through int: ours are, and some of theirs are unsigned or long.
            c.append("printf(\"" + name + " %d\\n\", (int) (" + name + "));\n");
        }
        return c.append("return 0;\n}\n").toString();
    }

    private static String run(String... words) throws Exception {
        try {
            ProcessBuilder builder = new ProcessBuilder(words).redirectErrorStream(true);
            builder.environment().put("LC_ALL", "C");
            Process process = builder.start();
            String said =
                    new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            process.waitFor();
            return said;
        } catch (IOException e) {
            throw new TestAbortedException("needs: gcc (" + e.getMessage() + ")");
        }
    }
}
