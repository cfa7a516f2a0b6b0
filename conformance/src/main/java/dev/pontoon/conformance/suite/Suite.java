package dev.pontoon.conformance.suite;

import dev.pontoon.conformance.lab.Case;
import java.util.HashSet;
import java.util.List;
import java.util.stream.Stream;

/** All cases, in the order of the report. */
public final class Suite {

    private static final List<Case> ALL =
            distinct(
                    Stream.of(
                                    OutputCases.all(),
                                    EnvironmentCases.all(),
                                    ArgsCases.all(),
                                    ConfigCases.all(),
                                    AddCases.all(),
                                    FailedAddCases.all(),
                                    NamespaceCases.all(),
                                    ConcurrencyCases.all(),
                                    CrashCases.all(),
                                    PoolCases.all(),
                                    EdgeCases.all(),
                                    DelCases.all(),
                                    CheckCases.all(),
                                    CheckHostCases.all(),
                                    GcCases.all(),
                                    StatusCases.all(),
                                    DelegationCases.all(),
                                    VersionCases.all(),
                                    NegotiationCases.all(),
                                    ResultCases.all(),
                                    ChainCases.all(),
                                    LibcniCases.all(),
                                    CapabilityCases.all(),
                                    BridgeCases.all(),
                                    PtpCases.all(),
                                    MasqueradeCases.all(),
                                    StaticCases.all(),
                                    ManyLeasesCases.all(),
                                    PortmapCases.all(),
                                    TuningCases.all(),
                                    BandwidthCases.all(),
                                    FirewallCases.all())
                            .flatMap(List::stream)
                            .toList());

    private Suite() {}

    public static List<Case> all() {
        return ALL;
    }

    private static List<Case> distinct(List<Case> cases) {
        var seen = new HashSet<String>();
        for (Case one : cases) {
            if (!seen.add(one.id())) {
                throw new IllegalStateException("two cases are called " + one.id());
            }
        }
        return cases;
    }
}
