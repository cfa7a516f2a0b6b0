package dev.pontoon.conformance.lab;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.pontoon.conformance.namespace.Container;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** One container's interface in one network, as a runtime keeps it in mind. */
public final class Attachment {

    private final Container container;
    private final String ifname;
    private ObjectNode config;
    private String id;
    private String args = "";
    private @Nullable JsonNode previous;
    private @Nullable ObjectNode result;
    private boolean wantsDel;

    Attachment(Container container, String ifname, ObjectNode config) {
        this.container = container;
        this.ifname = ifname;
        this.config = config;
        this.id = container.id();
    }

    public Container container() {
        return container;
    }

    /** CNI_IFNAME. */
    public String ifname() {
        return ifname;
    }

    /** CNI_CONTAINERID. */
    public String id() {
        return id;
    }

    /** Calls the container so from now on. */
    public Attachment withId(String other) {
        id = other;
        return this;
    }

    /** The network configuration, complete but for prevResult. A body may change it. */
    public ObjectNode config() {
        return config;
    }

    /** Uses another configuration from now on. */
    public Attachment with(ObjectNode other) {
        config = other;
        return this;
    }

    /** CNI_ARGS for every call from now on. */
    public Attachment withArgs(String text) {
        args = text;
        return this;
    }

    String args() {
        return args;
    }

    /** What plugins before the judged one reported; only where there are any. */
    public Optional<JsonNode> previous() {
        return Optional.ofNullable(previous);
    }

    /** Lets the plugins before the judged one have reported this. */
    public Attachment after(JsonNode earlier) {
        previous = earlier;
        return this;
    }

    /** Lets no plugin have been before the judged one. */
    public Attachment afterNothing() {
        previous = null;
        return this;
    }

    /**
     * The result of the last successful ADD.
     *
     * @throws IllegalStateException when there was none
     */
    public ObjectNode result() {
        if (result == null) {
            throw new IllegalStateException("no ADD succeeded for " + id() + " " + ifname);
        }
        return result;
    }

    /** Uses this as the result of the last ADD from now on: a runtime's notes may be wrong. */
    public Attachment withResult(ObjectNode other) {
        result = other;
        return this;
    }

    /** Knows no result any more: a runtime's notes may be lost. */
    public Attachment withoutResult() {
        result = null;
        return this;
    }

    Optional<ObjectNode> resultIfAny() {
        return Optional.ofNullable(result);
    }

    void added(ObjectNode document) {
        result = document;
    }

    boolean wantsDel() {
        return wantsDel;
    }

    void wantsDel(boolean wants) {
        wantsDel = wants;
    }
}
