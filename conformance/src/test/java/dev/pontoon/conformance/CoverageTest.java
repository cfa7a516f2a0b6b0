package dev.pontoon.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import dev.pontoon.conformance.spec.Catalogue;
import dev.pontoon.conformance.suite.Suite;
import org.junit.jupiter.api.Test;

/**
 * Everything a plugin can be asked for is a case, or is said to be undecidable, with the reason.
 */
class CoverageTest {

    private static final Catalogue CATALOGUE = Catalogue.load();
    private static final Catalogue.Coverage COVERAGE =
            CATALOGUE.coverage(Suite.all().stream().flatMap(one -> one.rows().stream()).toList());

    @Test
    void everyAssertionIsACaseOrUndecidable() {
        assertThat(COVERAGE.neither()).isEmpty();
    }

    @Test
    void noCaseAndNoReasonIsAboutAnAssertionThatIsNotThere() {
        assertThat(COVERAGE.unknown()).isEmpty();
    }

    @Test
    void nothingThatACaseCoversIsCalledUndecidable() {
        var rows = Suite.all().stream().flatMap(one -> one.rows().stream()).toList();
        assertThat(CATALOGUE.unverifiable().keySet()).doesNotContainAnyElementsOf(rows);
    }

    @Test
    void thereAreAtLeastTwoHundredCases() {
        assertThat(Suite.all()).hasSizeGreaterThanOrEqualTo(200);
    }

    @Test
    void everyCaseIsReadableWithoutItsBody() {
        assertThat(Suite.all())
                .allSatisfy(one -> {
                    assertThat(one.when()).as(one.id()).isNotBlank();
                    assertThat(one.then()).as(one.id()).isNotBlank();
                    assertThat(one.clause().quote()).as(one.id()).isNotBlank();
                    assertThat(one.rows()).as(one.id()).isNotEmpty();
                });
    }
}
