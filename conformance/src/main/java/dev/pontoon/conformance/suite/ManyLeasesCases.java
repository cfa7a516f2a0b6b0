package dev.pontoon.conformance.suite;

import static dev.pontoon.conformance.spec.Level.MAY;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.pontoon.conformance.lab.Attachment;
import dev.pontoon.conformance.lab.Case;
import dev.pontoon.conformance.lab.Expect;
import dev.pontoon.conformance.lab.Lab;
import dev.pontoon.conformance.spec.Clause.Source;
import dev.pontoon.conformance.subject.Trait;
import java.util.List;

/** Stores of leases as large hosts have them. */
final class ManyLeasesCases {

    private ManyLeasesCases() {}

    static List<Case> all() {
        return List.of(
                Case.named("pool/twenty-thousand-leases")
                        .level(MAY)
                        .source(
                                Source.OPERATORS,
                                "",
                                "Hosts that leaked leases for a year have thousands; plugins that read each become slow.")
                        .rows("E37")
                        .of(Trait.HOST_LOCAL_STORE)
                        .thorough()
                        .when(
                                "20 000 addresses of a range are reserved, and a container is attached and detached")
                        .then("it gets a free one in time, and the others stay reserved")
                        .run(ManyLeasesCases::twentyThousand));
    }

    private static void twentyThousand(Lab lab) {
        ObjectNode config = Networks.withRange(lab, "10.64.0.0/16", "", "");
        Attachment attachment = lab.attachment(lab.container(), config);
        String folder = "/var/lib/cni/networks/" + lab.subject().network();
        lab.note("reserved 10.64.0.2 to 10.64.79.255 for others");
        lab.host()
                .script(
                        "mkdir -p $1; cd $1; for a in $(seq 0 79); do for b in $(seq 0 255); do"
                                + " printf 'other%s\\r\\neth0' $a.$b > 10.64.$a.$b; done; done; rm 10.64.0.0 10.64.0.1",
                        folder);
        lab.afterwards(() -> lab.host().tool("rm", "-rf", folder));
        lab.add(attachment).result();
        String given = MasqueradeCases.own(attachment).host();
        Expect.that(
                given.matches("10\\.64\\.([89]\\d|\\d{3})\\.\\d+"),
                "the address is one that nobody has",
                () -> "it is " + given);
        lab.del(attachment).succeeded();
        String left = lab.onHost().sh("ls " + folder + " | grep '^10[.]64[.]' | wc -l").strip();
        Expect.equal("the number of leases after DEL", "20478", left);
    }
}
