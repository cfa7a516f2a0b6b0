package dev.pontoon.conformance.report;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.BufferedReader;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;

/** A real browser without a window, spoken to by the DevTools protocol. */
final class Browser implements AutoCloseable {

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String LISTENING = "DevTools listening on ";
    private static final int PATIENCE = 30;

    private final Process process;
    private final HttpClient http = HttpClient.newHttpClient();
    private final WebSocket socket;
    private final AtomicInteger lastId = new AtomicInteger();
    private final Map<Integer, CompletableFuture<JsonNode>> answers = new ConcurrentHashMap<>();
    private final List<JsonNode> events = new CopyOnWriteArrayList<>();
    private volatile CompletableFuture<Void> loaded = new CompletableFuture<>();
    private String session = "";

    private Browser(Process process, String address) throws Exception {
        this.process = process;
        this.socket =
                http.newWebSocketBuilder()
                        .buildAsync(URI.create(address), new Listener())
                        .get(PATIENCE, TimeUnit.SECONDS);
    }

    /** Where the browser is, if there is one. */
    static Optional<Path> executable() {
        return Stream.of("/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome")
                .map(Path::of)
                .filter(Files::isExecutable)
                .findFirst();
    }

    /** Starts one; its profile goes to the folder. */
    static Browser start(Path folder) throws Exception {
        var builder =
                new ProcessBuilder(
                                executable().orElseThrow().toString(),
                                "--headless",
                                "--no-sandbox",
                                "--disable-gpu",
                                "--disable-dev-shm-usage",
                                "--disable-background-networking",
                                "--no-first-run",
                                "--window-size=1280,900",
                                "--user-data-dir=" + folder,
                                "--remote-debugging-port=0",
                                "about:blank")
                        .redirectOutput(ProcessBuilder.Redirect.DISCARD);
        // Its sockets lie outside the profile, and stay when it is ended.
        builder.environment().put("TMPDIR", folder.getParent().toString());
        Process process = builder.start();
        try {
            return new Browser(process, address(process));
        } catch (Exception e) {
            process.destroyForcibly();
            throw e;
        }
    }

    private static String address(Process process) throws Exception {
        var address = new CompletableFuture<String>();
        Thread.startVirtualThread(() -> {
            try (BufferedReader lines = process.errorReader(StandardCharsets.UTF_8)) {
                for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                    if (line.startsWith(LISTENING)) {
                        address.complete(line.substring(LISTENING.length()));
                    }
                }
                address.completeExceptionally(new IOException("the browser ended"));
            } catch (IOException e) {
                address.completeExceptionally(e);
            }
        });
        return address.get(PATIENCE, TimeUnit.SECONDS);
    }

    /**
     * Opens a page in a tab of its own, listening to what it asks the network for, and waits until
     * it is loaded.
     */
    void open(URI page) throws Exception {
        session = "";
        loaded = new CompletableFuture<>();
        events.clear();
        String target =
                call("Target.createTarget", object().put("url", "about:blank"))
                        .path("targetId")
                        .asText();
        session =
                call("Target.attachToTarget", object().put("targetId", target).put("flatten", true))
                        .path("sessionId")
                        .asText();
        call("Network.enable", object());
        call("Runtime.enable", object());
        call("Page.enable", object());
        call("Page.navigate", object().put("url", page.toString()));
        loaded.get(PATIENCE, TimeUnit.SECONDS);
    }

    /** What an expression is, once its promise is kept, as JSON. */
    JsonNode evaluate(String expression) throws Exception {
        JsonNode answer =
                call(
                        "Runtime.evaluate",
                        object().put("expression", expression)
                                .put("returnByValue", true)
                                .put("awaitPromise", true));
        if (answer.has("exceptionDetails")) {
            throw new AssertionError(expression + ": " + answer.path("exceptionDetails"));
        }
        return answer.path("result").path("value");
    }

    /** Presses the left button in the middle of the first element that a selector finds. */
    void click(String selector) throws Exception {
        JsonNode at =
                evaluate(
                        """
                        (() => { const e = document.querySelector(%s);
                          e.scrollIntoView({block: "center"});
                          const r = e.getBoundingClientRect();
                          return {x: r.x + r.width / 2, y: r.y + r.height / 2}; })()
                        """
                                .formatted(JSON.writeValueAsString(selector)));
        for (String type : List.of("mousePressed", "mouseReleased")) {
            ObjectNode event =
                    object().put("type", type).put("button", "left").put("clickCount", 1);
            event.set("x", at.path("x"));
            event.set("y", at.path("y"));
            call("Input.dispatchMouseEvent", event);
        }
    }

    /** Types text where the focus is. */
    void type(String text) throws Exception {
        call("Input.insertText", object().put("text", text));
    }

    /** Presses a key where the focus is. */
    void press(String key, int code) throws Exception {
        for (String type : List.of("keyDown", "keyUp")) {
            ObjectNode event = object().put("type", type).put("key", key).put("code", key);
            event.put("windowsVirtualKeyCode", code);
            if (key.equals("Enter") && type.equals("keyDown")) {
                event.put("text", "\r");
            }
            call("Input.dispatchKeyEvent", event);
        }
    }

    /** Makes the browser behave as if it were so: dark, or printing. */
    void emulate(ObjectNode media) throws Exception {
        call("Emulation.setEmulatedMedia", media);
    }

    static ObjectNode object() {
        return JSON.createObjectNode();
    }

    /** Addresses that the page asked for so far. */
    List<String> requests() {
        return events.stream()
                .filter(event -> event.path("method").asText().equals("Network.requestWillBeSent"))
                .map(event -> event.path("params").path("request").path("url").asText())
                .toList();
    }

    /** What went wrong in the page's script, and what its policy forbade. */
    List<String> complaints() {
        return events.stream()
                .filter(event ->
                        event.path("method").asText().equals("Runtime.exceptionThrown")
                                || (event.path("method").asText().equals("Runtime.consoleAPICalled")
                                        && event.path("params")
                                                .path("type")
                                                .asText()
                                                .equals("error")))
                .map(JsonNode::toString)
                .toList();
    }

    private JsonNode call(String method, ObjectNode parameters) throws Exception {
        int id = lastId.incrementAndGet();
        var answer = new CompletableFuture<JsonNode>();
        answers.put(id, answer);
        ObjectNode message = object().put("id", id).put("method", method);
        message.set("params", parameters);
        if (!session.isEmpty()) {
            message.put("sessionId", session);
        }
        socket.sendText(message.toString(), true).get(PATIENCE, TimeUnit.SECONDS);
        JsonNode result = answer.get(PATIENCE, TimeUnit.SECONDS);
        if (result.has("error")) {
            throw new AssertionError(method + ": " + result.path("error"));
        }
        return result.path("result");
    }

    private void heard(String text) {
        try {
            JsonNode message = JSON.readTree(text);
            if (message.has("id")) {
                answers.get(message.path("id").asInt()).complete(message);
            } else {
                events.add(message);
                if (message.path("method").asText().equals("Page.loadEventFired")) {
                    loaded.complete(null);
                }
            }
        } catch (IOException e) {
            throw new IllegalStateException("read what the browser says", e);
        }
    }

    @Override
    public void close() {
        socket.abort();
        http.shutdownNow();
        // Its children write to its profile until they are gone, too.
        List<ProcessHandle> family = new ArrayList<>(process.descendants().toList());
        family.add(process.toHandle());
        family.forEach(ProcessHandle::destroyForcibly);
        family.forEach(one -> one.onExit().join());
    }

    /** Puts messages together. */
    private final class Listener implements WebSocket.Listener {
        private final StringBuilder text = new StringBuilder();

        @Override
        public CompletionStage<?> onText(WebSocket from, CharSequence data, boolean last) {
            text.append(data);
            if (last) {
                heard(text.toString());
                text.setLength(0);
            }
            from.request(1);
            return CompletableFuture.completedFuture(null);
        }
    }
}
