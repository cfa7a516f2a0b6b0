package dev.pontoon.linux;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ConditionEvents;
import com.tngtech.archunit.lang.SimpleConditionEvent;
import org.jspecify.annotations.NullMarked;
import org.junit.jupiter.api.Test;

class ArchitectureTest {
    private static final JavaClasses CLASSES =
            new ClassFileImporter()
                    .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
                    .importPackages("dev.pontoon.linux");

    @Test
    void enoughIsLookedAt() {
        assertThat(CLASSES.size()).isGreaterThan(50);
    }

    @Test
    void onlyLibcKnowsJna() {
        noClasses()
                .that()
                .doNotHaveFullyQualifiedName(Libc.class.getName())
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("com.sun.jna..")
                .check(CLASSES);
    }

    @Test
    void nothingHereKnowsCniJsonOrLogging() {
        noClasses()
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage(
                        "com.fasterxml..",
                        "dev.pontoon.protocol..",
                        "dev.pontoon.plugin..",
                        "java.util.logging..",
                        "inet.ipaddr..")
                .check(CLASSES);
    }

    @Test
    void nothingHereWritesToTheStandardStreamsOrEndsTheProcess() {
        noClasses().should().accessField(System.class, "out").check(CLASSES);
        noClasses().should().accessField(System.class, "err").check(CLASSES);
        noClasses().should().callMethod(System.class, "exit", int.class).check(CLASSES);
    }

    @Test
    void packagesFormNoCycle() {
        slices().matching("dev.pontoon.(**)").should().beFreeOfCycles().check(CLASSES);
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

    @Test
    void noStateOutlivesACall() {
        classes().should(holdNoMutableStatics()).check(CLASSES);
    }

    private static ArchCondition<JavaClass> holdNoMutableStatics() {
        return new ArchCondition<>("have only final static fields") {
            @Override
            public void check(JavaClass each, ConditionEvents events) {
                each.getFields().stream()
                        .filter(field -> field.getModifiers().contains(JavaModifier.STATIC))
                        .filter(field -> !field.getModifiers().contains(JavaModifier.FINAL))
                        .forEach(field ->
                                events.add(
                                        SimpleConditionEvent.violated(
                                                field, field.getFullName() + " can change")));
            }
        };
    }

    @Test
    void everyPackageIsNullMarked() {
        assertThat(CLASSES)
                .allSatisfy(each ->
                        assertThat(each.getPackage().isAnnotatedWith(NullMarked.class))
                                .as(each.getPackageName())
                                .isTrue());
    }
}
