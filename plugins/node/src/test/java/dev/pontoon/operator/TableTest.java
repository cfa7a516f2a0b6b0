package dev.pontoon.operator;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

final class TableTest {
    @Test
    void columnsAreAsWideAsTheirWidestCell() {
        Table table = new Table("POD", "NETWORK", "AGE");
        table.row("default/web", "n1", "3 s");
        table.row("", "a-network", "2 h");

        assertThat(table)
                .hasToString(
                        """
                        POD          NETWORK    AGE
                        default/web  n1         3 s
                        -            a-network  2 h
                        """);
    }

    @Test
    void columnWithNothingIsLeftOut() {
        Table table = new Table("POD", "NETWORK");
        table.row("", "n1");

        assertThat(table).hasToString("NETWORK\nn1\n");
    }
}
