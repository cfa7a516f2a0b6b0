package dev.pontoon.conformance.report;

/** HTML that is being written. */
final class Html {

    private final StringBuilder text = new StringBuilder();

    /** Markup, as it is. */
    Html raw(String markup) {
        text.append(markup);
        return this;
    }

    /** Text, escaped. */
    Html text(String plain) {
        text.append(escaped(plain));
        return this;
    }

    /**
     * An element with nothing but text in it; {@code start} is what is between the angle brackets.
     */
    Html element(String start, String plain) {
        String name = start.split(" ", 2)[0];
        return raw("<" + start + ">").text(plain).raw("</" + name + ">");
    }

    static String escaped(String plain) {
        return Visible.text(plain)
                .replace("&", "&amp;")
                .replace("<", "&lt;")
                .replace(">", "&gt;")
                .replace("\"", "&quot;");
    }

    @Override
    public String toString() {
        return text.toString();
    }
}
