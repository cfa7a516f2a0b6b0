package dev.pontoon.loopback;

import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.conditions.ArchConditions.dependOnClassesThat;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noFields;
import static com.tngtech.archunit.library.GeneralCodingRules.NO_CLASSES_SHOULD_ACCESS_STANDARD_STREAMS;
import static com.tngtech.archunit.library.GeneralCodingRules.NO_CLASSES_SHOULD_USE_JAVA_UTIL_LOGGING;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.base.DescribedPredicate;
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
                    .withImportOption(new ImportOption.DoNotIncludeTests())
                    .importPackages("dev.pontoon.loopback");

    @Test
    void enoughClassesAreLookedAt() {
        assertThat(CLASSES).hasSizeGreaterThan(0);
        assertThat(CLASSES).allMatch(each -> each.getPackageName().equals("dev.pontoon.loopback"));
    }

    @Test
    void onlyWhatAPluginIsWrittenWithIsUsed() {
        DescribedPredicate<JavaClass> allowed =
                resideInAnyPackage(
                        "java..",
                        "dev.pontoon.loopback",
                        "dev.pontoon.plugin",
                        "dev.pontoon.protocol",
                        "dev.pontoon.linux..",
                        "org.jspecify.annotations");
        noClasses().should(dependOnClassesThat(not(allowed))).check(CLASSES);
    }

    @Test
    void nothingTouchesTheStandardStreamsOrEndsTheProcess() {
        NO_CLASSES_SHOULD_ACCESS_STANDARD_STREAMS.check(CLASSES);
        NO_CLASSES_SHOULD_USE_JAVA_UTIL_LOGGING.check(CLASSES);
        noClasses().should().callMethod(System.class, "exit", int.class).check(CLASSES);
    }

    @Test
    void staticFieldsAreFinal() {
        noFields()
                .that()
                .areStatic()
                .should(
                        new ArchCondition<>("not be final") {
                            @Override
                            public void check(
                                    com.tngtech.archunit.core.domain.JavaField field,
                                    ConditionEvents events) {
                                boolean open = !field.getModifiers().contains(JavaModifier.FINAL);
                                events.add(
                                        new SimpleConditionEvent(field, open, field.getFullName()));
                            }
                        })
                .check(CLASSES);
    }

    @Test
    void packagesHaveNoCycles() {
        slices().matching("dev.pontoon.(**)").should().beFreeOfCycles().check(CLASSES);
    }

    @Test
    void packagesAreNullMarked() {
        classes()
                .should(
                        new ArchCondition<>("be in a @NullMarked package") {
                            @Override
                            public void check(JavaClass type, ConditionEvents events) {
                                boolean marked =
                                        type.getPackage().isAnnotatedWith(NullMarked.class);
                                events.add(
                                        new SimpleConditionEvent(
                                                type, marked, type.getPackageName()));
                            }
                        })
                .check(CLASSES);
    }
}
