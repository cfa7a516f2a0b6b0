package dev.pontoon.node;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.core.domain.JavaClasses;
import dev.pontoon.testing.HouseRules;
import org.junit.jupiter.api.Test;

final class ArchitectureTest {
    private static final JavaClasses CLASSES = HouseRules.in("dev.pontoon.node", 15);

    @Test
    void roadOfACallKnowsNothingOfTheOperatorsCommand() {
        noClasses()
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage(
                        "dev.pontoon.operator..",
                        "dev.pontoon.doctor..",
                        "dev.pontoon.runtime..",
                        "dev.pontoon.hostlocal..",
                        "picocli..")
                .check(CLASSES);
    }

    @Test
    void runtimesPartKnowsNoCommandLine() {
        noClasses()
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("dev.pontoon.operator..", "dev.pontoon.node..", "picocli..")
                .check(HouseRules.in("dev.pontoon.runtime", 8));
    }
}
