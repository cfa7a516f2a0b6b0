package dev.pontoon.runtime;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.pontoon.linux.KernelException;
import dev.pontoon.linux.Links;
import dev.pontoon.linux.NetlinkSocket;
import dev.pontoon.linux.NetworkNamespace;
import dev.pontoon.linux.NotANamespaceException;
import dev.pontoon.protocol.Attachment;
import dev.pontoon.protocol.CniException;
import dev.pontoon.protocol.Command;
import dev.pontoon.protocol.ErrorCode;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The plugins of one network, called the way libcni calls them: ADD, CHECK, GC and STATUS in the
 * order of the list, DEL backwards; each with the network's name and version, the result of those
 * before (at ADD) or of the whole ADD (at CHECK and DEL), and of what the runtime has for
 * capabilities that which it declares.
 *
 * <p>One thing libcni leaves to others: an ADD that fails is taken back, by DEL of every plugin.
 */
public final class PluginChain {
    private static final String VALID = "cni.dev/valid-attachments";

    /** The key of before the text of CNI 1.1.0 was mended; libcni writes both. */
    private static final String VALID_BEFORE = "cni.dev/attachments";

    private final NetworkList list;
    private final PluginRunner runner;
    private final ResultCache results;

    public PluginChain(NetworkList list, PluginRunner runner, ResultCache results) {
        this.list = list;
        this.runner = runner;
        this.results = results;
    }

    /** Attaches the container and keeps the result. Throws what failed, once it was taken back. */
    public ObjectNode add(Target target) {
        NetworkNames.require(list.name());
        Map<String, String> variables = runner.variables(Command.ADD, target);
        boolean attachedBefore = isAttached(target);
        ObjectNode result = null;
        try {
            for (NetworkList.Plugin plugin : list.plugins()) {
                runner.checkStop();
                ObjectNode config = config(plugin, target, result);
                result = result(runner.run(plugin.type(), Command.ADD, config, variables), plugin);
            }
            runner.checkStop();
            ObjectNode whole = result == null ? Documents.object() : result;
            results.write(list, target, whole);
            return whole;
        } catch (CniException e) {
            throw attachedBefore ? leftAlone(e, target) : takenBack(e, target, result);
        }
    }

    /**
     * What was attached before must not be taken back because it could not be attached once more.
     */
    private boolean isAttached(Target target) {
        return results.has(target.attachmentTo(list.name())) || hasInterface(target);
    }

    private static boolean hasInterface(Target target) {
        try (NetworkNamespace netns = NetworkNamespace.open(target.netns());
                NetlinkSocket route = netns.routeSocket()) {
            return new Links(route).find(target.ifname()).isPresent();
        } catch (NotANamespaceException | KernelException e) {
            // The plugins say what is wrong with it, in words of their own.
            return false;
        }
    }

    private CniException leftAlone(CniException e, Target target) {
        String why =
                results.has(target.attachmentTo(list.name()))
                        ? "the result of an earlier ADD is kept, which pontoon del takes back"
                        : "the container had an interface of that name before";
        return new CniException(
                        e.code(), e.text(), joined(e.details(), "nothing was taken back: " + why))
                .because(e);
    }

    private CniException takenBack(CniException e, Target target, @Nullable ObjectNode result) {
        List<String> failed = new ArrayList<>();
        Map<String, String> variables = runner.variables(Command.DEL, target);
        for (NetworkList.Plugin plugin : list.plugins().reversed()) {
            try {
                ObjectNode config = config(plugin, target, list.hasCheck() ? result : null);
                runner.run(plugin.type(), Command.DEL, config, variables);
            } catch (CniException refused) {
                failed.add(plugin.type() + ": " + refused.text());
            }
        }
        String outcome =
                failed.isEmpty()
                        ? "what had been made was taken back"
                        : "taking back what had been made failed: " + String.join("; ", failed);
        return new CniException(e.code(), e.text(), joined(e.details(), outcome)).because(e);
    }

    private static String joined(String details, String more) {
        return details.isEmpty() ? more : details + "; " + more;
    }

    /** A plugin may print {@code null}, which libcni takes for an empty result. */
    private ObjectNode result(byte[] printed, NetworkList.Plugin plugin) {
        JsonNode result = Documents.read(printed, "what " + plugin.type() + " printed");
        if (result.isNull()) {
            return Documents.object().put("cniVersion", list.version());
        }
        if (!(result instanceof ObjectNode object)) {
            throw new CniException(
                    ErrorCode.DECODE_FAILURE,
                    "read what " + plugin.type() + " printed: it is no result, but " + result);
        }
        if (object.path("cniVersion").asText("").isEmpty()) {
            object.put("cniVersion", list.version());
        }
        return object;
    }

    /**
     * Whether every plugin finds the attachment as it was after its ADD; false if the list does not
     * want to be checked. Throws what the first says that does not, and code 1 if the list's
     * version has no CHECK.
     */
    public boolean check(Target target) {
        if (!list.hasCheck()) {
            throw new CniException(
                    ErrorCode.INCOMPATIBLE_VERSION,
                    "check " + list.name() + ": version \"" + list.version() + "\" has no CHECK",
                    "give the list a cniVersion of 0.4.0 or newer");
        }
        if (list.disableCheck()) {
            return false;
        }
        Map<String, String> variables = runner.variables(Command.CHECK, target);
        ObjectNode result = keptResult(target).orElse(null);
        for (NetworkList.Plugin plugin : list.plugins()) {
            ObjectNode config = config(plugin, target, result);
            runner.run(plugin.type(), Command.CHECK, config, variables);
        }
        return true;
    }

    private Optional<ObjectNode> keptResult(Target target) {
        return results.find(target.attachmentTo(list.name()))
                .map(kept -> kept.resultIn(list.version()));
    }

    /**
     * Detaches the container and forgets the result. Throws what the first plugin says that fails.
     */
    public void del(Target target) {
        Map<String, String> variables = runner.variables(Command.DEL, target);
        ObjectNode result = list.hasCheck() ? readableResult(target) : null;
        for (NetworkList.Plugin plugin : list.plugins().reversed()) {
            ObjectNode config = config(plugin, target, result);
            runner.run(plugin.type(), Command.DEL, config, variables);
        }
        results.remove(target.attachmentTo(list.name()));
    }

    private @Nullable ObjectNode readableResult(Target target) {
        try {
            return keptResult(target).orElse(null);
        } catch (CniException e) {
            runner.say("the result that was kept cannot be used, and is left out: " + e.text());
            return null;
        }
    }

    /**
     * Detaches every attachment of which a result is kept and that is not valid, and has the
     * plugins remove whatever else belongs to none that is. Throws what failed, after everything
     * else was done.
     *
     * @return those that were detached
     */
    public List<Attachment> gc(List<Attachment> valid) {
        List<Attachment> detached = new ArrayList<>();
        if (list.disableGc()) {
            runner.say("the list of " + list.name() + " has disableGC: nothing is collected");
            return detached;
        }
        List<String> failed = new ArrayList<>();
        for (CachedResult kept : results.list()) {
            if (kept.network().equals(list.name()) && !valid.contains(kept.attachment())) {
                collect(kept, detached, failed);
            }
        }
        if (list.hasGc()) {
            Map<String, String> variables = runner.variablesWithoutTarget(Command.GC);
            for (NetworkList.Plugin plugin : list.plugins()) {
                collect(plugin, valid, variables, failed);
            }
        }
        throwAll(failed);
        return detached;
    }

    private void collect(CachedResult kept, List<Attachment> detached, List<String> failed) {
        try {
            del(kept.target());
            detached.add(kept.attachment());
        } catch (CniException e) {
            failed.add("detach " + kept.attachment() + ": " + e.text());
        }
    }

    private void collect(
            NetworkList.Plugin plugin,
            List<Attachment> valid,
            Map<String, String> variables,
            List<String> failed) {
        ObjectNode config = list.configOf(plugin);
        config.set(VALID, attachments(valid));
        config.set(VALID_BEFORE, attachments(valid));
        try {
            runner.run(plugin.type(), Command.GC, config, variables);
        } catch (CniException e) {
            failed.add("GC of " + plugin.type() + ": " + e.text());
        }
    }

    private static ArrayNode attachments(List<Attachment> valid) {
        ArrayNode all = Documents.object().arrayNode();
        for (Attachment each : valid) {
            all.addObject().put("containerID", each.containerId()).put("ifname", each.ifname());
        }
        return all;
    }

    private void throwAll(List<String> failed) {
        if (!failed.isEmpty()) {
            throw new CniException(
                    ErrorCode.CLEANUP_INCOMPLETE,
                    "collect " + list.name() + ": " + String.join("; ", failed),
                    "everything else was done; the call may be repeated");
        }
    }

    /**
     * Whether every plugin would serve an ADD; false if the list's version has no STATUS. Throws
     * what the first says that would not.
     */
    public boolean status() {
        if (!list.hasGc()) {
            return false;
        }
        Map<String, String> variables = runner.variablesWithoutTarget(Command.STATUS);
        for (NetworkList.Plugin plugin : list.plugins()) {
            runner.run(plugin.type(), Command.STATUS, list.configOf(plugin), variables);
        }
        return true;
    }

    private ObjectNode config(
            NetworkList.Plugin plugin, Target target, @Nullable ObjectNode result) {
        ObjectNode config = list.configOf(plugin);
        if (result != null) {
            config.set("prevResult", result);
        }
        ObjectNode granted = Documents.object();
        for (Map.Entry<String, JsonNode> each : target.capabilityArgs().properties()) {
            if (plugin.isCapableOf(each.getKey())) {
                granted.set(each.getKey(), each.getValue());
            }
        }
        if (!granted.isEmpty()) {
            config.set("runtimeConfig", granted);
        }
        return config;
    }
}
