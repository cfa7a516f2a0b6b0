package dev.pontoon.linux;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.core.domain.JavaClasses;
import dev.pontoon.testing.HouseRules;
import org.junit.jupiter.api.Test;

class ArchitectureTest implements HouseRules {
    private static final JavaClasses CLASSES = HouseRules.in("dev.pontoon.linux", 50);

    @Override
    public JavaClasses classes() {
        return CLASSES;
    }

    @Override
    public String[] usablePackages() {
        return new String[] {"dev.pontoon.linux..", "com.sun.jna"};
    }

    @Test
    void onlyLibcAndWhatIsBelowItKnowsJna() {
        noClasses()
                .that()
                .doNotHaveFullyQualifiedName(Libc.class.getName())
                .and()
                .doNotHaveFullyQualifiedName(Scratch.class.getName())
                .and()
                .doNotHaveFullyQualifiedName(FoundLibrary.class.getName())
                .and()
                .doNotHaveFullyQualifiedName(BoundLibrary.class.getName())
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("com.sun.jna..")
                .check(CLASSES);
    }

    @Test
    void constantsDependOnNothing() {
        noClasses()
                .that()
                .resideInAPackage("dev.pontoon.linux.uapi")
                .should()
                .dependOnClassesThat()
                .resideOutsideOfPackages("dev.pontoon.linux.uapi", "java.lang..", "org.jspecify..")
                .check(CLASSES);
    }
}
