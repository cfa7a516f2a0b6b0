package dev.pontoon.operator;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.pontoon.linux.KernelException;
import dev.pontoon.protocol.CniException;
import dev.pontoon.protocol.ErrorCode;
import dev.pontoon.runtime.Documents;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import picocli.CommandLine;
import picocli.CommandLine.IExecutionExceptionHandler;
import picocli.CommandLine.ParseResult;

/**
 * Tells a failure on standard error, and with {@code --json} on standard output as well, as the
 * error document of CNI.
 */
final class Reporting implements IExecutionExceptionHandler {
    static final int FAILED = 1;

    @Override
    public int handleExecutionException(Exception e, CommandLine command, ParseResult words)
            throws Exception {
        CniException failure = told(e);
        PrintWriter err = command.getErr();
        err.println("pontoon: " + failure.text());
        if (!failure.details().isEmpty()) {
            err.println("  " + failure.details());
        }
        err.flush();
        if (command.getParseResult().hasMatchedOption(JsonOption.NAME)) {
            ObjectNode document =
                    Documents.readObject(
                            failure.toJson("").getBytes(StandardCharsets.UTF_8), "a failure");
            command.getOut().println(Documents.pretty(document));
        }
        return FAILED;
    }

    private static CniException told(Exception e) throws Exception {
        if (e instanceof CniException failure) {
            return failure;
        }
        if (e instanceof KernelException refused) {
            return new CniException(ErrorCode.KERNEL, String.valueOf(refused.getMessage()));
        }
        throw e;
    }
}
