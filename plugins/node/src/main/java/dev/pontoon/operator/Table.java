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
        StringBuilder text = new StringBuilder();
        for (List<String> row : rows) {
            StringBuilder line = new StringBuilder();
            for (int column = 0; column < row.size(); column++) {
                if (isUsed(column)) {
                    String cell = row.get(column).isEmpty() ? "-" : row.get(column);
                    line.append(cell).append(" ".repeat(width(column) - cell.length())).append(GAP);
                }
            }
            text.append(line.toString().stripTrailing()).append('\n');
        }
        return text.toString();
    }

    private boolean isUsed(int column) {
        return rows.subList(1, rows.size()).stream().anyMatch(row -> !row.get(column).isEmpty());
    }

    private int width(int column) {
        int width = 1;
        for (List<String> row : rows) {
            width = Math.max(width, row.get(column).length());
        }
        return width;
    }
}
