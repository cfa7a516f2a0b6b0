package dev.pontoon.testing;

import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.conditions.ArchConditions.dependOnClassesThat;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.fields;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.GeneralCodingRules.NO_CLASSES_SHOULD_ACCESS_STANDARD_STREAMS;
import static com.tngtech.archunit.library.GeneralCodingRules.NO_CLASSES_SHOULD_USE_JAVA_UTIL_LOGGING;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ConditionEvents;
import com.tngtech.archunit.lang.SimpleConditionEvent;
import com.tngtech.archunit.lang.syntax.ArchRuleDefinition;
import org.jspecify.annotations.NullMarked;
import org.junit.jupiter.api.Test;

/**
 * The rules that hold in every module. A module's test of its architecture implements this, and
 * adds what holds there alone.
 */
public interface HouseRules {
    /** The module's classes, from {@link #in}. */
    JavaClasses classes();

    /** The packages that the module may use, its own included, besides Java and JSpecify. */
    String[] usablePackages();

    /**
     * The main classes of a package and those below. Throws if there are fewer than expected: a
     * rule about nothing holds.
     */
    static JavaClasses in(String packageName, int fewest) {
        JavaClasses found =
                new ClassFileImporter()
                        .withImportOption(new ImportOption.DoNotIncludeTests())
                        .importPackages(packageName);
        if (found.size() < fewest) {
            throw new AssertionError(packageName + " has only " + found.size() + " classes");
        }
        return found;
    }

    @Test
    default void onlyTheModulesOwnDependenciesAreUsed() {
        noClasses()
                .should(
                        dependOnClassesThat(
                                not(
                                        resideInAnyPackage("java..", "org.jspecify.annotations")
                                                .or(resideInAnyPackage(usablePackages())))))
                .check(classes());
    }

    @Test
    default void nothingTouchesTheStandardStreamsOrEndsTheProcess() {
        NO_CLASSES_SHOULD_ACCESS_STANDARD_STREAMS.check(classes());
        NO_CLASSES_SHOULD_USE_JAVA_UTIL_LOGGING.check(classes());
        noClasses().should().callMethod(System.class, "exit", int.class).check(classes());
    }

    @Test
    default void noStateOutlivesACall() {
        fields().that().areStatic().should().beFinal().allowEmptyShould(true).check(classes());
    }

    @Test
    default void packagesFormNoCycle() {
        slices().matching("dev.pontoon.(**)").should().beFreeOfCycles().check(classes());
    }

    @Test
    default void everyPackageIsNullMarked() {
        ArchRuleDefinition.classes().should(beNullMarked()).check(classes());
    }

    private static ArchCondition<JavaClass> beNullMarked() {
        return new ArchCondition<>("be in a @NullMarked package") {
            @Override
            public void check(JavaClass type, ConditionEvents events) {
                boolean marked = type.getPackage().isAnnotatedWith(NullMarked.class);
                events.add(new SimpleConditionEvent(type, marked, type.getPackageName()));
            }
        };
    }
}
