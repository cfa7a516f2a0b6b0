package dev.pontoon.doctor;

import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/** Whether the host reaches mapped ports at 127.0.0.1. */
final class LocalnetCheck implements Check {
    @Override
    public String name() {
        return "localnet";
    }

    @Override
    public String subject() {
        return "host ports at 127.0.0.1";
    }

    @Override
    public List<Finding> look(Node node) {
        Set<String> links = new LinkedHashSet<>();
        for (AttachedContainer container : node.living()) {
            container
                    .of("portmap")
                    .flatMap(entry -> entry.fact("localnet"))
                    .filter(link -> isOff(node, link))
                    .ifPresent(links::add);
        }
        return links.stream().map(LocalnetCheck::finding).toList();
    }

    private static boolean isOff(Node node, String link) {
        return !link.isEmpty()
                && node.sysctl("net", "ipv4", "conf", link, "route_localnet")
                        .filter(value -> value.equals("0"))
                        .isPresent();
    }

    private static Finding finding(String link) {
        String setting = "net.ipv4.conf." + link.replace('.', '/') + ".route_localnet";
        return new Finding(
                Severity.BROKEN,
                setting,
                "is 0, and was 1 when ports were mapped",
                "mapped host ports do not answer at 127.0.0.1; at the host's other addresses they do",
                Mend.by("sysctl -w " + setting + "=1"));
    }
}
