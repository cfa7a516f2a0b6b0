package dev.pontoon.linux.nft;

/** A table's full name: {@code inet pontoon}. */
public record Table(Family family, String name) {
    public Table {
        Names.require("table", name);
    }

    @Override
    public String toString() {
        return family + " " + name;
    }
}
