package dev.pontoon.plugin;

import dev.pontoon.protocol.AddResult;
import dev.pontoon.protocol.CniException;
import dev.pontoon.protocol.CniVersion;
import dev.pontoon.protocol.Command;
import dev.pontoon.protocol.ConfigObject;
import dev.pontoon.protocol.Environment;
import dev.pontoon.protocol.ErrorCode;
import dev.pontoon.protocol.NetworkConfig;
import dev.pontoon.protocol.Request;
import java.nio.file.Path;
import java.util.Optional;

/**
 * The plugin that another one delegates to (spec section 4), found in CNI_PATH by its name. If what
 * is found there is Pontoon itself it is called in process; any other program is run with the same
 * variables and the same standard input.
 */
public final class Delegate {
    private final String name;
    private final Call call;
    private final Optional<Plugin> inProcess;
    private final Optional<Path> program;

    private Delegate(String name, Call call, Optional<Plugin> inProcess, Optional<Path> program) {
        this.name = name;
        this.call = call.of(name);
        this.inProcess = inProcess;
        this.program = program;
    }

    /**
     * The IPAM plugin that the configuration names; empty if it names none. Throws code 7 if the
     * name is no file name or that of a plugin which gives no addresses, 4 if there is no CNI_PATH
     * to look in, 105 (for STATUS 50) if no folder of it has such a file.
     */
    public static Optional<Delegate> ipam(
            NetworkConfig config, Environment environment, Call call) {
        Optional<ConfigObject> ipam = config.ipam();
        if (ipam.isEmpty()) {
            return Optional.empty();
        }
        return Optional.of(find(ipam.get(), environment, call));
    }

    private static Delegate find(ConfigObject ipam, Environment environment, Call call) {
        String name = ipam.text("type", "");
        if (!PluginProgram.isName(name)) {
            throw ipam.invalid("type", "must be the name of a file in CNI_PATH, not a path");
        }
        Delegate found =
                environment.path().isEmpty()
                        ? withoutPath(name, call)
                        : inPath(name, environment, call);
        if (found.inProcess.isPresent() && !found.inProcess.get().isIpam()) {
            // It might delegate in turn, to itself and without an end.
            throw ipam.invalid("type", "must be an IPAM plugin; " + name + " is none");
        }
        return found;
    }

    private static Delegate inPath(String name, Environment environment, Call call) {
        Path file =
                PluginProgram.find(name, environment.path())
                        .orElseThrow(() -> notFound(name, environment));
        Optional<Plugin> inProcess =
                call.installation().isExecutable(file)
                        ? call.installation().find(name)
                        : Optional.empty();
        return new Delegate(name, call, inProcess, Optional.of(file));
    }

    /** STATUS has a code of its own for what keeps an ADD from being served. */
    private static CniException notFound(String name, Environment environment) {
        return new CniException(
                environment.command() == Command.STATUS
                        ? ErrorCode.NOT_AVAILABLE
                        : ErrorCode.PROGRAM_FAILED,
                "no plugin \"" + name + "\" for ipam in CNI_PATH " + environment.path(),
                "install it there, or correct ipam.type");
    }

    /** CNI_PATH is optional in the spec; the plugins that came with this one need none. */
    private static Delegate withoutPath(String name, Call call) {
        Optional<Plugin> sibling = call.installation().find(name);
        if (sibling.isEmpty()) {
            throw new CniException(
                    ErrorCode.INVALID_ENVIRONMENT,
                    "required environment variable CNI_PATH is missing: the plugin \""
                            + name
                            + "\" for ipam must be looked for in it");
        }
        return new Delegate(name, call, sibling, Optional.empty());
    }

    /** The delegate's name. */
    public String name() {
        return name;
    }

    /**
     * Runs ADD. If it fails, runs DEL as the spec asks (section 4), and throws the delegate's own
     * error.
     */
    public AddResult add(Request.Add request) {
        try {
            return inProcess.isPresent()
                    ? inProcess.get().add(request, call)
                    : read(
                            run(Command.ADD, request.config(), request.environment()),
                            request.config().version());
        } catch (RuntimeException e) {
            if (inProcess.isEmpty()) {
                rollBack(request, e);
            }
            throw e;
        }
    }

    private AddResult read(byte[] printed, CniVersion version) {
        try {
            return AddResult.read(printed, version);
        } catch (CniException e) {
            throw new CniException(
                            e.code(),
                            "understand what " + name + " printed: " + e.text(),
                            e.details())
                    .because(e);
        }
    }

    private void rollBack(Request.Add request, RuntimeException why) {
        try {
            del(new Request.Del(request.config(), request.attachment(), request.environment()));
        } catch (RuntimeException e) {
            why.addSuppressed(new UndoFailedException("undo the ADD of " + name, e));
        }
    }

    /** Runs CHECK. */
    public void check(Request.Check request) {
        if (inProcess.isPresent()) {
            inProcess.get().check(request, call);
        } else {
            run(Command.CHECK, request.config(), request.environment());
        }
    }

    /** Runs DEL. */
    public void del(Request.Del request) {
        if (inProcess.isPresent()) {
            inProcess.get().del(request, call);
        } else {
            run(Command.DEL, request.config(), request.environment());
        }
    }

    /** Runs GC. */
    public void gc(Request.Gc request) {
        if (inProcess.isPresent()) {
            inProcess.get().gc(request, call);
        } else {
            run(Command.GC, request.config(), request.environment());
        }
    }

    /** Runs STATUS. */
    public void status(Request.Status request) {
        if (inProcess.isPresent()) {
            inProcess.get().status(request, call);
        } else {
            run(Command.STATUS, request.config(), request.environment());
        }
    }

    private byte[] run(Command command, NetworkConfig config, Environment environment) {
        return new PluginProgram(name, program.orElseThrow(), call)
                .run(command, config.document(), environment.variables());
    }
}
