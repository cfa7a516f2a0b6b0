package dev.pontoon.plugin;

import dev.pontoon.linux.KernelException;
import dev.pontoon.protocol.AddResult;
import dev.pontoon.protocol.CniException;
import dev.pontoon.protocol.Command;
import dev.pontoon.protocol.ConfigObject;
import dev.pontoon.protocol.Environment;
import dev.pontoon.protocol.ErrorCode;
import dev.pontoon.protocol.NetworkConfig;
import dev.pontoon.protocol.Request;
import dev.pontoon.protocol.VersionInfo;
import java.io.IOException;
import java.io.InputStream;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * One call of a plugin, from variables and standard input to standard output: the only place that
 * turns failures into error documents. It prints exactly one document for ADD, VERSION and every
 * failure, and nothing otherwise; it throws nothing but {@link OutOfMemoryError}, and has printed
 * nothing then.
 *
 * <p>The variables are checked before standard input is read, so that a call with bad variables is
 * answered even if nobody ever closes its input.
 */
public final class PluginMain {
    /** Far more than any network needs, and no more than memory holds when it has been read. */
    private static final int LONGEST_CONFIG = 16 << 20;

    private final Plugin plugin;
    private final Call call;
    private final Map<String, String> variables;
    private final Answer answer;
    private final long began = System.nanoTime();
    private String version = "";
    private CallLog callLog;
    private @Nullable NetworkConfig config;
    private boolean told;

    private PluginMain(Plugin plugin, Call call, Map<String, String> variables, Answer answer) {
        this.plugin = plugin;
        this.call = call;
        this.variables = variables;
        this.answer = answer;
        this.callLog = CallLog.of(variables, call.log());
    }

    /** Runs the call and says whether it succeeded. Closes nothing. */
    public static boolean run(
            Plugin plugin,
            Call call,
            Map<String, String> variables,
            InputStream in,
            Answer answer) {
        return new PluginMain(plugin, call, variables, answer).run(in);
    }

    private boolean run(InputStream in) {
        try {
            serve(Environment.read(variables), in);
            if (!told) {
                tell(0, "");
            }
            return true;
        } catch (CniException e) {
            return fail(e);
        } catch (KernelException e) {
            return fail(told(e));
        } catch (OutOfMemoryError e) {
            // Whoever has more may serve the call from the beginning.
            throw e;
        } catch (RuntimeException | Error e) {
            call.log().failure(e);
            return fail(told(e));
        }
    }

    private void serve(Environment environment, InputStream in) {
        if (environment.command() == Command.VERSION) {
            print(VersionInfo.toJson(plugin.supportedVersions(), readWhatIsThere(in)), true);
            return;
        }
        NetworkConfig read = readConfig(readAll(in));
        config = read;
        requireSupported(read);
        // Before anything is touched: what it says may be wrong.
        callLog = callLog.of(read);
        call.timing().did("read");
        serve(Request.of(environment, read), read);
    }

    // Not a switch: the code of a switch over types is made at run time, 12 ms of a cold start.
    private void serve(Request request, NetworkConfig config) {
        if (request instanceof Request.Add add) {
            add(add);
        } else if (request instanceof Request.Check check) {
            requirePrevResult(config);
            plugin.check(check, call);
        } else if (request instanceof Request.Del del) {
            plugin.del(del, call);
        } else if (request instanceof Request.Gc gc) {
            plugin.gc(gc, call);
        } else if (request instanceof Request.Status status) {
            plugin.status(status, call);
        } else {
            throw new IllegalStateException("VERSION was served above");
        }
    }

    private static void requirePrevResult(NetworkConfig config) {
        if (config.prevResult().isEmpty()) {
            throw new CniException(
                    ErrorCode.INVALID_CONFIG,
                    "CHECK needs the result of the last ADD as prevResult, and there is none",
                    "the runtime must hand it over; see section 2 of the CNI specification");
        }
    }

    /** An attachment that nobody was told of must not stay. */
    private void add(Request.Add add) {
        call.stop().check();
        AddResult result = plugin.add(add, call);
        try {
            call.stop().check();
            print(result.toJson(add.config().version()), true);
        } catch (RuntimeException | Error e) {
            takeBack(add, e);
            throw e;
        }
    }

    /** Whoever wants the call to end wants this done all the same. */
    private void takeBack(Request.Add add, Throwable why) {
        try {
            plugin.del(
                    new Request.Del(add.config(), add.attachment(), add.environment()),
                    call.unstoppable());
        } catch (RuntimeException | Error e) {
            why.addSuppressed(new UndoFailedException("remove " + add.attachment(), e));
        }
    }

    private NetworkConfig readConfig(byte[] document) {
        ConfigObject object = ConfigObject.read(document, "the network configuration");
        version = object.text("cniVersion", "");
        return NetworkConfig.of(document, object);
    }

    private void requireSupported(NetworkConfig config) {
        if (!plugin.supportedVersions().contains(config.version())) {
            throw new CniException(
                    ErrorCode.INCOMPATIBLE_VERSION,
                    "incompatible CNI versions: the configuration is \"" + config.version() + "\"",
                    plugin.name() + " supports " + plugin.supportedVersions());
        }
    }

    private byte[] readAll(InputStream in) {
        try {
            byte[] document = in.readNBytes(LONGEST_CONFIG + 1);
            if (document.length > LONGEST_CONFIG) {
                throw new CniException(
                        ErrorCode.DECODE_FAILURE,
                        "read the network configuration from standard input: it has more than 16"
                                + " MiB");
            }
            return document;
        } catch (IOException e) {
            call.stop().check();
            throw new CniException(
                            ErrorCode.IO_FAILURE,
                            "read the network configuration from standard input: " + e.getMessage())
                    .because(e);
        }
    }

    /**
     * VERSION must be answered even if its input is missing or never ends: takes only what has
     * come.
     */
    private static byte[] readWhatIsThere(InputStream in) {
        try {
            return in.readNBytes(in.available());
        } catch (IOException e) {
            return new byte[0];
        }
    }

    private boolean fail(CniException failure) {
        tell(failure.code(), failure.text());
        try {
            print(withSuppressed(failure).toJson(version), false);
        } catch (RuntimeException | Error e) {
            // Nobody reads standard output; the log is all that is left.
            call.log().line(failure.text() + " (and the error could not be printed: " + e + ")");
        }
        return false;
    }

    private static CniException told(KernelException e) {
        CniException told = new CniException(ErrorCode.KERNEL, String.valueOf(e.getMessage()));
        for (Throwable suppressed : e.getSuppressed()) {
            told.addSuppressed(suppressed);
        }
        return told;
    }

    private static CniException told(Throwable bug) {
        CniException told =
                new CniException(
                        ErrorCode.INTERNAL,
                        "internal error: " + bug,
                        "this is a bug; the stack trace is on standard error");
        for (Throwable suppressed : bug.getSuppressed()) {
            told.addSuppressed(suppressed);
        }
        return told;
    }

    /** What could not be undone belongs into the document: somebody has to clean it up. */
    private static CniException withSuppressed(CniException failure) {
        StringBuilder details = new StringBuilder(failure.details());
        appendSuppressed(failure, details);
        return new CniException(failure.code(), failure.text(), details.toString());
    }

    /** Several steps that could not be undone hang one below the other; see {@link Undo#close}. */
    private static void appendSuppressed(Throwable failure, StringBuilder details) {
        for (Throwable suppressed : failure.getSuppressed()) {
            if (suppressed instanceof UndoFailedException) {
                details.append(details.isEmpty() ? "" : "; ").append(suppressed.getMessage());
                appendSuppressed(suppressed, details);
            }
        }
    }

    /**
     * Tells of the call before its answer, behind which a service can say nothing more to its
     * caller: to whoever listens, and in the log. What cannot be printed is told as a success first
     * and then as a failure.
     */
    private void tell(int code, String message) {
        told = true;
        call.timing().did("rest");
        CallRecord record = record(code, message);
        call.audience().accept(record);
        callLog.write(record);
    }

    private CallRecord record(int code, String message) {
        NetworkConfig read = config;
        return new CallRecord(
                plugin.name(),
                variables.getOrDefault("CNI_COMMAND", ""),
                read == null ? "" : read.name(),
                variables.getOrDefault("CNI_CONTAINERID", ""),
                variables.getOrDefault("CNI_IFNAME", ""),
                code,
                message,
                System.nanoTime() - began,
                call.timing().steps(),
                variables.containsKey("TRACEPARENT") ? TraceContext.parent(variables) : "");
    }

    private void print(String document, boolean succeeded) {
        if (succeeded) {
            tell(0, "");
        }
        try {
            answer.give(document + "\n", succeeded);
        } catch (IOException e) {
            throw new CniException(
                            ErrorCode.IO_FAILURE, "write to standard output: " + e.getMessage())
                    .because(e);
        }
    }
}
