package dev.pontoon.conformance;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.fields;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.GeneralCodingRules.NO_CLASSES_SHOULD_ACCESS_STANDARD_STREAMS;
import static com.tngtech.archunit.library.GeneralCodingRules.NO_CLASSES_SHOULD_USE_JAVA_UTIL_LOGGING;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import org.junit.jupiter.api.Test;

/** The harness stands alone: these rules are stated here, not taken from another module. */
class ArchitectureTest {

    private static final JavaClasses CLASSES =
            new ClassFileImporter()
                    .withImportOption(new ImportOption.DoNotIncludeTests())
                    .importPackages("dev.pontoon.conformance");

    @Test
    void thereIsSomethingToJudge() {
        assertThat(CLASSES.size()).isGreaterThan(60);
    }

    @Test
    void nothingOfThisProjectIsUsedButTheHarness() {
        classes()
                .should()
                .onlyDependOnClassesThat()
                .resideInAnyPackage(
                        "java..",
                        "org.jspecify.annotations",
                        "javax.xml.stream",
                        "com.fasterxml.jackson..",
                        "picocli..",
                        "dev.pontoon.conformance..")
                .check(CLASSES);
    }

    @Test
    void packagesFormNoCycle() {
        slices().matching("dev.pontoon.conformance.(*)..").should().beFreeOfCycles().check(CLASSES);
    }

    @Test
    void onlyTheCommandLineUsesTheSuite() {
        noClasses()
                .that()
                .resideOutsideOfPackages("dev.pontoon.conformance", "dev.pontoon.conformance.suite")
                .should()
                .dependOnClassesThat()
                .resideInAPackage("dev.pontoon.conformance.suite")
                .check(CLASSES);
    }

    @Test
    void onlyTheCommandLineTouchesTheStandardStreams() {
        NO_CLASSES_SHOULD_ACCESS_STANDARD_STREAMS.check(
                CLASSES.that(
                        com.tngtech.archunit.base.DescribedPredicate.describe(
                                "are not the command line or a program of its own",
                                type ->
                                        !type.getPackageName().equals("dev.pontoon.conformance")
                                                && type.tryGetMethod("main", String[].class)
                                                        .isEmpty())));
        NO_CLASSES_SHOULD_USE_JAVA_UTIL_LOGGING.check(CLASSES);
    }

    @Test
    void noStateOutlivesARun() {
        fields().that().areStatic().should().beFinal().check(CLASSES);
    }

    @Test
    void theWordsOfCasesAreInTheSuite() {
        classes()
                .that()
                .haveSimpleNameEndingWith("Cases")
                .should()
                .resideInAPackage("dev.pontoon.conformance.suite")
                .check(CLASSES);
    }
}
