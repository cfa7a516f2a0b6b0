package dev.pontoon.operator;

import java.util.ArrayList;
import java.util.List;

/**
 * Lines in columns, each as wide as its widest cell; one with nothing below its head is left out.
 */
final class Table {
    private static final String GAP = "  ";

    private final List<List<String>> rows = new ArrayList<>();

    Table(String... heads) {
        rows.add(List.of(heads));
    }

    void row(String... cells) {
        rows.add(List.of(cells));
    }

    @Override
    public String toString() {
        List<Integer> widths = widths();
        StringBuilder text = new StringBuilder();
        for (List<String> row : rows) {
            StringBuilder line = new StringBuilder();
            for (int column = 0; column < row.size(); column++) {
                if (widths.get(column) > 0) {
                    String cell = row.get(column).isEmpty() ? "-" : row.get(column);
                    line.append(cell).append(" ".repeat(widths.get(column) - cell.length()));
                    line.append(GAP);
                }
            }
            text.append(line.toString().stripTrailing()).append('\n');
        }
        return text.toString();
    }

    /** Of each column; 0 for one that is left out. */
    private List<Integer> widths() {
        List<Integer> widths = new ArrayList<>();
        for (int column = 0; column < rows.getFirst().size(); column++) {
            int widest = 0;
            for (List<String> row : rows.subList(1, rows.size())) {
                widest = Math.max(widest, row.get(column).length());
            }
            widths.add(widest == 0 ? 0 : Math.max(widest, rows.getFirst().get(column).length()));
        }
        return widths;
    }
}
