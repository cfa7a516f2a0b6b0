package dev.pontoon.operator;

import java.util.List;

/**
 * The wiring in characters: on the left the host with its bridges and links, on the right a box for
 * each container's interface, wires between them.
 */
final class TerminalDrawing {
    private static final int HUB_LEFT = 2;
    private static final int LONGEST_ID = 12;

    private final Wiring wiring;
    private final Canvas canvas = new Canvas();
    private final int hubWidth;
    private final int linkWidth;
    private final int hostWidth;
    private final int boxLeft;
    private final int boxWidth;

    private TerminalDrawing(Wiring wiring) {
        this.wiring = wiring;
        int hub = 0;
        int link = 0;
        int ifname = 0;
        int box = 0;
        for (Wiring.Hub each : wiring.hubs()) {
            hub = Math.max(hub, widest(title(each), each.facts()));
            for (Wiring.Wire wire : each.wires()) {
                link = Math.max(link, label(wire).length());
                ifname = Math.max(ifname, wire.attachment().ifname().length());
                box = Math.max(box, widest(title(wire), wire.facts()));
            }
        }
        // A frame takes two columns on either side of its text.
        this.hubWidth = hub + 4;
        this.linkWidth = link;
        this.hostWidth = HUB_LEFT + hubWidth + linkWidth + 6;
        this.boxLeft = hostWidth + ifname + 5;
        this.boxWidth = box + 4;
    }

    static String of(Wiring wiring) {
        return new TerminalDrawing(wiring).draw();
    }

    private static int widest(String title, List<String> facts) {
        int widest = title.length() + 1;
        for (String each : facts) {
            widest = Math.max(widest, each.length());
        }
        return widest;
    }

    /** Ids of runtimes have 64 characters, of which people read the first twelve. */
    static String title(Wiring.Wire wire) {
        String id = wire.attachment().containerId();
        boolean isHash = id.length() > LONGEST_ID && id.matches("[0-9a-f]{32,}");
        return (isHash ? id.substring(0, LONGEST_ID) : id) + " in " + wire.attachment().network();
    }

    static String title(Wiring.Hub hub) {
        return hub.name().isEmpty() ? hub.kind() : hub.name() + ", " + hub.kind();
    }

    private static String label(Wiring.Wire wire) {
        return wire.hostLink().isEmpty()
                ? ""
                : wire.hostLink() + (wire.hostLinkPresent() ? "" : " gone");
    }

    private String draw() {
        int height = 2;
        for (Wiring.Hub hub : wiring.hubs()) {
            height += height(hub);
        }
        canvas.frame(0, 0, hostWidth, height, "host", false);
        int row = 1;
        for (Wiring.Hub hub : wiring.hubs()) {
            draw(hub, row);
            row += height(hub);
        }
        return canvas.toString();
    }

    private static int height(Wiring.Hub hub) {
        int boxes = 0;
        for (Wiring.Wire wire : hub.wires()) {
            boxes += height(wire);
        }
        return Math.max(boxes, hub.facts().size() + 2);
    }

    private static int height(Wiring.Wire wire) {
        return Math.max(1, wire.facts().size()) + 2;
    }

    private void draw(Wiring.Hub hub, int top) {
        canvas.frame(HUB_LEFT, top, hubWidth, height(hub), title(hub), !hub.present());
        int row = top + 1;
        for (String each : hub.facts()) {
            canvas.text(HUB_LEFT + 2, row++, each);
        }
        int boxTop = top;
        for (Wiring.Wire wire : hub.wires()) {
            draw(wire, boxTop);
            boxTop += height(wire);
        }
    }

    private void draw(Wiring.Wire wire, int top) {
        boolean whole = !wire.gone() && wire.hostLinkPresent();
        canvas.frame(boxLeft, top, boxWidth, height(wire), title(wire), wire.gone());
        int row = top + 1;
        for (String each : wire.facts()) {
            canvas.text(boxLeft + 2, row++, each);
        }
        String line = whole ? "─" : "╌";
        int hubRight = HUB_LEFT + hubWidth - 1;
        canvas.text(hubRight, top + 1, "├" + line.repeat(boxLeft - hubRight - 1));
        if (!label(wire).isEmpty()) {
            canvas.text(hubRight + 2, top + 1, " " + label(wire) + " ");
        }
        canvas.text(hostWidth - 1, top + 1, "┼");
        canvas.text(hostWidth + 1, top + 1, " " + wire.attachment().ifname() + " ");
        canvas.text(boxLeft, top + 1, "┤");
    }
}
