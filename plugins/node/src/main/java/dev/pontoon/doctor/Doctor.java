package dev.pontoon.doctor;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** All checks, and what they found. */
final class Doctor {
    /** What a container's packet meets comes before what is merely left over. */
    private static final List<Check> CHECKS =
            List.of(
                    new ConfigurationCheck(),
                    new PluginFilesCheck(),
                    new SubnetCheck(),
                    new RouteCheck(),
                    new KernelCheck(),
                    new ForwardingCheck(),
                    new ForwardFilterCheck(),
                    new LegacyFilterCheck(),
                    new BridgeCheck(),
                    new PortCheck(),
                    new BridgeFilterCheck(),
                    new MtuCheck(),
                    new RulesCheck(),
                    new LocalnetCheck(),
                    new FreeAddressesCheck(),
                    new ConnectionTableCheck(),
                    new AbandonedAttachmentCheck(),
                    new AbandonedLeaseCheck(),
                    new AbandonedLinkCheck(),
                    new AbandonedElementCheck(),
                    new ServiceCheck());

    /** Asked last: what is broken already, a plugin would only say once more. */
    private static final Check LAST = new ReadinessCheck();

    private Doctor() {}

    /** A finding, and which check it is of. */
    record Found(Check check, Finding finding) {}

    /**
     * What all checks together found.
     *
     * @param found in the checks' order
     * @param fine the checks that found nothing
     */
    record Report(List<Found> found, List<Check> fine) {
        boolean isBroken() {
            return found.stream().anyMatch(each -> each.finding().severity() == Severity.BROKEN);
        }
    }

    static Report examine(Node node) {
        Report report = new Report(new ArrayList<>(), new ArrayList<>());
        for (Check check : CHECKS) {
            look(check, node, report);
        }
        if (!report.isBroken()) {
            look(LAST, node, report);
        }
        return report;
    }

    private static void look(Check check, Node node, Report report) {
        List<Finding> findings;
        try {
            findings = check.look(node);
        } catch (IOException | RuntimeException e) {
            findings = List.of(blind(check, e));
        }
        findings.forEach(each -> report.found().add(new Found(check, each)));
        if (findings.isEmpty()) {
            report.fine().add(check);
        }
    }

    /** One thing that cannot be looked at keeps nobody from looking at the others. */
    private static Finding blind(Check check, Exception why) {
        return new Finding(
                Severity.ADVICE,
                check.subject(),
                "could not be looked at: "
                        + (why.getMessage() == null ? why.toString() : why.getMessage()),
                "whether something is wrong there is not known",
                Mend.byHand("see to it that root may read it, and run pontoon doctor again"));
    }
}
