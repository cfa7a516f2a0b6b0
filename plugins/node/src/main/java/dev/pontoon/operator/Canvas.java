package dev.pontoon.operator;

import java.util.ArrayList;
import java.util.List;

/** Characters on a grid that grows as it is drawn on; columns and rows count from 0. */
final class Canvas {
    private final List<StringBuilder> rows = new ArrayList<>();

    void text(int column, int row, String text) {
        while (rows.size() <= row) {
            rows.add(new StringBuilder());
        }
        StringBuilder line = rows.get(row);
        while (line.length() < column + text.length()) {
            line.append(' ');
        }
        line.replace(column, column + text.length(), text);
    }

    /** A frame with a title in its upper edge; a dashed one is of something that is gone. */
    void frame(int column, int row, int width, int height, String title, boolean dashed) {
        String edge = dashed ? "╌" : "─";
        String side = dashed ? "╎" : "│";
        String upper = "┌ " + title + " ";
        text(column, row, upper + edge.repeat(width - upper.length() - 1) + "┐");
        for (int each = row + 1; each < row + height - 1; each++) {
            text(column, each, side);
            text(column + width - 1, each, side);
        }
        text(column, row + height - 1, "└" + edge.repeat(width - 2) + "┘");
    }

    @Override
    public String toString() {
        StringBuilder text = new StringBuilder();
        for (StringBuilder row : rows) {
            text.append(row.toString().stripTrailing()).append('\n');
        }
        return text.toString();
    }
}
