package dev.counterweight.live;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.WebSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.awaitility.Awaitility;

/**
 * A headless Chromium with one tab, driven over its DevTools protocol. Nothing it does needs a
 * network but loopback. For one thread.
 */
final class Chromium implements AutoCloseable {
  private static final List<String> NAMES =
      List.of("chromium", "chromium-browser", "google-chrome", "google-chrome-stable");
  private static final long PATIENCE_S = 60;
  private static final ObjectMapper JSON = new ObjectMapper();

  private final Process process;
  private final WebSocket socket;
  private final AtomicInteger ids = new AtomicInteger();
  private final Map<Integer, CompletableFuture<JsonNode>> answers = new ConcurrentHashMap<>();
  private final List<String> problems = Collections.synchronizedList(new ArrayList<>());

  private Chromium(Process process, String tab) throws Exception {
    this.process = process;
    this.socket =
        HttpClient.newHttpClient()
            .newWebSocketBuilder()
            .buildAsync(URI.create(tab), new Messages())
            .get(PATIENCE_S, TimeUnit.SECONDS);
  }

  /** Where a Chromium is on this machine, if it has one. */
  static Optional<Path> find() {
    return Stream.of(System.getenv().getOrDefault("PATH", "").split(":"))
        .flatMap(dir -> NAMES.stream().map(name -> Path.of(dir, name)))
        .filter(Files::isExecutable)
        .findFirst();
  }

  /**
   * Starts one.
   *
   * @param profile a folder that does not exist yet
   */
  static Chromium start(Path program, Path profile) throws Exception {
    Files.createDirectories(profile);
    Process process =
        new ProcessBuilder(
                program.toString(),
                "--headless=new",
                "--no-sandbox",
                "--disable-gpu",
                "--disable-dev-shm-usage",
                "--disable-quic",
                "--no-first-run",
                "--disable-background-networking",
                "--disable-component-update",
                "--disable-sync",
                "--hide-scrollbars",
                "--remote-debugging-port=0",
                "--user-data-dir=" + profile,
                "about:blank")
            .redirectErrorStream(true)
            .redirectOutput(profile.resolve("chromium.log").toFile())
            .start();
    try {
      Chromium browser = new Chromium(process, tab(process, profile));
      for (String domain : List.of("Page", "Runtime", "Log", "Network")) {
        browser.call(domain + ".enable", Map.of());
      }
      return browser;
    } catch (Exception e) {
      process.destroyForcibly();
      throw e;
    }
  }

  /** Errors so far: exceptions, what the page logged as errors, and failed requests. */
  List<String> problems() {
    synchronized (problems) {
      return List.copyOf(problems);
    }
  }

  /** Goes to a page. */
  void open(String url) throws Exception {
    call("Page.navigate", Map.of("url", url));
  }

  /** The value of an expression in the page, or what it promises: one that JSON can hold. */
  JsonNode evaluate(String expression) throws Exception {
    JsonNode result =
        call(
            "Runtime.evaluate",
            Map.of("expression", expression, "returnByValue", true, "awaitPromise", true));
    if (result.has("exceptionDetails")) {
      throw new IllegalStateException(expression + ": " + result.get("exceptionDetails"));
    }
    return result.at("/result/value");
  }

  /**
   * Waits until a page is there, and asserts that it is no wider than the screen that it is shown
   * on.
   *
   * @param drawn an expression that is true once its plots are
   */
  void awaitDrawn(int width, String drawn) {
    Awaitility.await("%s is drawn as wide as %d px".formatted(drawn, width))
        .atMost(Duration.ofSeconds(PATIENCE_S))
        .untilAsserted(
            () ->
                assertThat(
                        evaluate(
                                "`${document.readyState} ${Boolean(%s)} ${innerWidth}`"
                                    .formatted(drawn))
                            .asText())
                    .isEqualTo("complete true " + width));
  }

  /** Shows the page as a screen of that size would, in light or dark. */
  void emulate(int width, int height, boolean mobile, boolean dark) throws Exception {
    call(
        "Emulation.setDeviceMetricsOverride",
        Map.of("width", width, "height", height, "deviceScaleFactor", 1, "mobile", mobile));
    call(
        "Emulation.setEmulatedMedia",
        Map.of(
            "media",
            "",
            "features",
            List.of(Map.of("name", "prefers-color-scheme", "value", dark ? "dark" : "light"))));
  }

  /** Shows the page as it would be printed on a machine whose screens are dark. */
  void emulatePaper(int width, int height) throws Exception {
    emulate(width, height, false, true);
    evaluate("dispatchEvent(new Event('beforeprint'))");
    call("Emulation.setEmulatedMedia", Map.of("media", "print"));
  }

  /** Writes what is shown as a PNG file; with what lies below the screen if {@code whole}. */
  void screenshot(Path file, boolean whole) throws Exception {
    JsonNode shot =
        call("Page.captureScreenshot", Map.of("format", "png", "captureBeyondViewport", whole));
    Files.createDirectories(file.toAbsolutePath().getParent());
    Files.write(file, Base64.getDecoder().decode(shot.get("data").asText()));
  }

  /** One call of the protocol; its result. */
  JsonNode call(String method, Map<String, Object> parameters) throws Exception {
    int id = ids.incrementAndGet();
    CompletableFuture<JsonNode> answer = new CompletableFuture<>();
    answers.put(id, answer);
    ObjectNode message = JSON.createObjectNode().put("id", id).put("method", method);
    message.set("params", JSON.valueToTree(parameters));
    socket.sendText(message.toString(), true).get(PATIENCE_S, TimeUnit.SECONDS);
    JsonNode found = answer.get(PATIENCE_S, TimeUnit.SECONDS);
    if (found.has("error")) {
      throw new IllegalStateException(method + ": " + found.get("error"));
    }
    return found.path("result");
  }

  @Override
  public void close() throws Exception {
    try {
      socket.abort();
    } finally {
      // Its helpers end with it; killed together so that none outlives the test.
      List<ProcessHandle> helpers = process.descendants().toList();
      process.destroy();
      if (!process.waitFor(5, TimeUnit.SECONDS)) {
        process.destroyForcibly().waitFor(5, TimeUnit.SECONDS);
      }
      helpers.forEach(ProcessHandle::destroyForcibly);
    }
  }

  private static String tab(Process process, Path profile) throws Exception {
    Path portFile = profile.resolve("DevToolsActivePort");
    long deadlineNs = System.nanoTime() + Duration.ofSeconds(PATIENCE_S).toNanos();
    HttpClient http = HttpClient.newHttpClient();
    while (System.nanoTime() < deadlineNs && process.isAlive()) {
      if (Files.exists(portFile) && Files.readString(portFile).contains("\n")) {
        String port = Files.readString(portFile).lines().findFirst().orElseThrow();
        URI list = URI.create("http://127.0.0.1:" + port + "/json/list");
        HttpResponse<String> found =
            http.send(
                HttpRequest.newBuilder(list).build(), HttpResponse.BodyHandlers.ofString(UTF_8));
        for (JsonNode target : JSON.readTree(found.body())) {
          if (target.path("type").asText().equals("page")) {
            return target.get("webSocketDebuggerUrl").asText();
          }
        }
      }
      TimeUnit.MILLISECONDS.sleep(50);
    }
    throw new IllegalStateException(
        "Chromium did not start: " + Files.readString(profile.resolve("chromium.log")));
  }

  /** Puts messages together and hands them out. */
  private final class Messages implements WebSocket.Listener {
    private final StringBuilder part = new StringBuilder();

    @Override
    public CompletionStage<?> onText(WebSocket from, CharSequence data, boolean last) {
      part.append(data);
      if (last) {
        String whole = part.toString();
        part.setLength(0);
        try {
          take(JSON.readTree(whole));
        } catch (IOException e) {
          problems.add("unreadable message: " + e.getMessage());
        }
      }
      from.request(1);
      return CompletableFuture.completedStage(null);
    }

    private void take(JsonNode message) {
      if (message.has("id")) {
        CompletableFuture<JsonNode> waiting = answers.remove(message.get("id").asInt());
        if (waiting != null) {
          waiting.complete(message);
        }
        return;
      }
      JsonNode told = message.path("params");
      switch (message.path("method").asText()) {
        case "Runtime.exceptionThrown" -> problems.add(told.toString());
        case "Runtime.consoleAPICalled" -> {
          if (List.of("error", "warning", "assert").contains(told.path("type").asText())) {
            problems.add(told.toString());
          }
        }
        case "Log.entryAdded" -> {
          // What reads a canvas back here is Axe, not the page.
          if (List.of("error", "warning").contains(told.at("/entry/level").asText())
              && !told.at("/entry/text").asText().contains("willReadFrequently")) {
            problems.add(told.get("entry").toString());
          }
        }
        case "Network.loadingFailed" -> problems.add(told.toString());
        default -> {}
      }
    }
  }
}
