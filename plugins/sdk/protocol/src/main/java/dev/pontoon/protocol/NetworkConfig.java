package dev.pontoon.protocol;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The configuration that a runtime writes to a plugin's standard input (spec section 1 and 3).
 *
 * <p>Reading it checks what concerns every plugin: that it is one JSON object (code 6), that its
 * version is known (code 1) and its name well-formed (code 7). The keys of its own a plugin reads
 * from {@link #object}.
 */
public final class NetworkConfig {
    private final byte[] document;
    private final ConfigObject object;
    private final CniVersion version;
    private final String name;

    private NetworkConfig(byte[] document, ConfigObject object, CniVersion version, String name) {
        this.document = document;
        this.object = object;
        this.version = version;
        this.name = name;
    }

    /** Checks the object that was read from these bytes. */
    public static NetworkConfig of(byte[] document, ConfigObject object) {
        String name = object.text("name").orElse("");
        if (name.isEmpty()) {
            throw new CniException(
                    ErrorCode.INVALID_CONFIG,
                    "the configuration has no network name",
                    "give it a \"name\"");
        }
        if (!Environment.isIdentifier(name)) {
            throw new CniException(
                    ErrorCode.INVALID_CONFIG,
                    "the network name \"" + name + "\" has characters that are not allowed",
                    "it must be a letter or digit, then letters, digits, '_', '.' or '-'");
        }
        return new NetworkConfig(document, object, version(object), name);
    }

    /** Reads and checks a document. */
    public static NetworkConfig read(byte[] document) {
        return of(document, ConfigObject.read(document, "the network configuration"));
    }

    private static CniVersion version(ConfigObject object) {
        String text = object.text("cniVersion", "");
        return CniVersion.of(text)
                .orElseThrow(() ->
                        new CniException(
                                ErrorCode.INCOMPATIBLE_VERSION,
                                "incompatible CNI versions: the configuration is \"" + text + "\"",
                                "supported are " + CniVersion.ALL));
    }

    /** The bytes as they came, for a delegate. */
    public byte[] document() {
        return document.clone();
    }

    /** All keys. */
    public ConfigObject object() {
        return object;
    }

    /** The version that the result must have. */
    public CniVersion version() {
        return version;
    }

    /** The network's name. */
    public String name() {
        return name;
    }

    /** The {@code ipam} object; empty if there is none or it names no plugin. */
    public Optional<ConfigObject> ipam() {
        Optional<ConfigObject> ipam = object.object("ipam");
        return ipam.isPresent() && ipam.get().text("type").isPresent() ? ipam : Optional.empty();
    }

    /** What the runtime adds for capabilities; an empty object if it added nothing. */
    public ConfigObject runtimeConfig() {
        return object.object("runtimeConfig").orElse(ConfigObject.empty());
    }

    /**
     * {@code args.cni}, in which a runtime may ask for things by convention; an empty object if
     * missing.
     */
    public ConfigObject cniArgs() {
        Optional<ConfigObject> args = object.object("args");
        return args.isEmpty()
                ? ConfigObject.empty()
                : args.get().object("cni").orElse(ConfigObject.empty());
    }

    /**
     * The {@code dns} object; empty if it is missing or gives nothing. A list that is given but
     * empty is something: the wish for none.
     */
    public Optional<Dns> dns() {
        Optional<ConfigObject> dns = object.object("dns");
        return dns.isPresent() && givesAnything(dns.get())
                ? Optional.of(Dns.read(dns.get()))
                : Optional.empty();
    }

    private static boolean givesAnything(ConfigObject dns) {
        return dns.has("nameservers")
                || dns.has("search")
                || dns.has("options")
                || dns.text("domain").isPresent();
    }

    /**
     * The result of what ran before; empty if there is none. Throws code 1, 6 or 7 if it is
     * unreadable.
     */
    public Optional<AddResult> prevResult() {
        Optional<ConfigObject> previous = object.object("prevResult");
        return previous.isEmpty()
                ? Optional.empty()
                : Optional.of(AddResult.read(previous.get(), version));
    }

    /** As {@link #prevResult}, for DEL: an unreadable one counts as none. */
    public Optional<AddResult> readablePrevResult() {
        try {
            return prevResult();
        } catch (CniException e) {
            return Optional.empty();
        }
    }

    /**
     * The attachments that GC must keep, of this network. Empty if the configuration does not say:
     * then nothing may be removed. {@code null} and the empty list both mean that none is valid.
     * The older key {@code cni.dev/attachments} counts only where the newer one is missing.
     */
    public Optional<List<Attachment>> validAttachments() {
        for (String key : List.of("cni.dev/valid-attachments", "cni.dev/attachments")) {
            if (object.mentions(key)) {
                return Optional.of(attachments(key));
            }
        }
        return Optional.empty();
    }

    private List<Attachment> attachments(String key) {
        List<Attachment> attachments = new ArrayList<>();
        for (ConfigObject each : object.objects(key)) {
            attachments.add(
                    new Attachment(name, required(each, "containerID"), required(each, "ifname")));
        }
        return attachments;
    }

    private static String required(ConfigObject json, String key) {
        return json.text(key).orElseThrow(() -> json.invalid(key, "is missing"));
    }
}
