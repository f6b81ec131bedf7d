package dev.counterweight.runtime;

import com.sun.net.httpserver.Headers;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.counterweight.config.MetricsConfig;
import dev.counterweight.protocol.FailureException;
import java.io.IOException;
import java.io.OutputStream;
import java.net.BindException;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Serves GET and HEAD of /metrics (Prometheus text), /health/live and /health/ready (as {@link
 * Health} says), what roles add ({@link Role#jsonPages}, 503 while there is nothing to show yet),
 * and the pages given to it. There is nothing to write to. A request has 5 s to arrive, an answer
 * 30 s to leave, and less where others wait ({@link RequestThreads}). A request by a name that is
 * not this server's ({@link OwnNames}) gets 421, but for health, and metrics where other machines
 * are to scrape them.
 */
public final class HttpEndpoint implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(HttpEndpoint.class);

  /** Connections that may wait to be taken: the server takes them at once, a flood of them too. */
  private static final int BACKLOG = 1024;

  private static final String REQUEST_S = "5";
  private static final String ANSWER_S = "30";

  static {
    // By default a client may take as long as it likes.
    limit("sun.net.httpserver.maxReqTime", REQUEST_S);
    limit("sun.net.httpserver.maxRspTime", ANSWER_S);
  }

  private final HttpServer server;
  private final RequestThreads threads = new RequestThreads();
  private final OwnNames names;
  private final Telemetry telemetry;
  private final SortedMap<String, Function<String, Answer>> pages = new TreeMap<>();

  private HttpEndpoint(
      HttpServer server,
      OwnNames names,
      Telemetry telemetry,
      Health health,
      Map<String, Function<String, Answer>> more) {
    this.server = server;
    this.names = names;
    this.telemetry = telemetry;
    pages.put("/metrics", query -> metrics());
    pages.put("/health/live", query -> health.live());
    pages.put("/health/ready", query -> health.ready());
    for (RoleView role : health.roles()) {
      role.jsonPages().forEach((path, page) -> pages.put(path, query -> json(page)));
    }
    pages.putAll(more);
  }

  /**
   * Binds and serves until closed.
   *
   * @param more pages beside its own, {path: from the raw query of a request, empty if it has none,
   *     to its answer}. Paths are matched whole: what is not a key is not there. The functions are
   *     called from any thread and do not block.
   * @throws FailureException if the address cannot be bound
   */
  public static HttpEndpoint start(
      MetricsConfig config,
      Telemetry telemetry,
      Health health,
      Map<String, Function<String, Answer>> more) {
    HttpServer server;
    try {
      server = HttpServer.create(new InetSocketAddress(config.host(), config.port()), BACKLOG);
    } catch (BindException e) {
      throw new FailureException(
          "metrics.port=%d on metrics.host=%s cannot be used (%s): set another, or 0 for any free port"
              .formatted(config.port(), config.host(), e.getMessage()),
          e);
    } catch (IOException | IllegalArgumentException e) {
      throw new FailureException(
          "metrics.host=%s cannot be bound: %s".formatted(config.host(), e.getMessage()), e);
    }
    HttpEndpoint endpoint = new HttpEndpoint(server, new OwnNames(config), telemetry, health, more);
    server.setExecutor(endpoint.threads);
    server.createContext("/", endpoint::handle);
    server.start();
    return endpoint;
  }

  /** The port bound, also where 0 was asked for. */
  public int port() {
    return server.getAddress().getPort();
  }

  /** Where it is served, as a URL without path. */
  public String url() {
    return "http://" + server.getAddress().getHostString() + ":" + port();
  }

  @Override
  public void close() {
    server.stop(0);
    threads.close();
  }

  /** Read by the server once in a process, in seconds; who runs it may have set another. */
  private static void limit(String property, String seconds) {
    if (System.getProperty(property) == null) {
      System.setProperty(property, seconds);
    }
  }

  private void handle(HttpExchange exchange) throws IOException {
    try (exchange) {
      respond(exchange, threads.work(() -> answer(exchange)));
    }
  }

  private Answer answer(HttpExchange exchange) {
    URI uri = exchange.getRequestURI();
    try {
      String path = String.valueOf(uri.getPath());
      boolean anyName =
          path.startsWith("/health/") || (path.equals("/metrics") && !names.onLoopback());
      return anyName || names.answersTo(exchange.getRequestHeaders().getFirst("Host"))
          ? answer(exchange.getRequestMethod(), uri)
          : Answer.text(
              421, "not a name of this server: use its address, or set metrics.allowed.hosts\n");
    } catch (RuntimeException e) {
      LOG.warn("cannot answer {}: {}", uri, e.toString());
      return Answer.text(500, "this could not be answered: the log says why\n");
    }
  }

  private Answer answer(String method, URI uri) {
    if (!method.equals("GET") && !method.equals("HEAD")) {
      Answer refusal = Answer.text(405, "only GET and HEAD\n");
      return new Answer(405, refusal.type(), refusal.body(), Map.of("Allow", "GET, HEAD"));
    }
    // Whole paths only: there is no folder to climb out of.
    Function<String, Answer> page = uri.getPath() == null ? null : pages.get(uri.getPath());
    if (page == null) {
      return Answer.text(404, String.join(", ", pages.keySet()) + "\n");
    }
    return page.apply(uri.getRawQuery() == null ? "" : uri.getRawQuery());
  }

  private Answer metrics() {
    return new Answer(
        200,
        "text/plain; version=0.0.4; charset=utf-8",
        telemetry.scrape().getBytes(StandardCharsets.UTF_8),
        Map.of());
  }

  private static Answer json(Supplier<Optional<String>> page) {
    return page.get()
        .map(body -> Answer.json(200, body))
        .orElseGet(() -> Answer.json(503, "{\"error\":\"nothing to show yet\"}"));
  }

  private static void respond(HttpExchange exchange, Answer answer) throws IOException {
    Headers headers = exchange.getResponseHeaders();
    answer.headers().forEach(headers::set);
    headers.set("Content-Type", answer.type());
    headers.set("X-Content-Type-Options", "nosniff");
    if (exchange.getRequestMethod().equals("HEAD")) {
      headers.set("Content-Length", Integer.toString(answer.body().length));
      exchange.sendResponseHeaders(answer.status(), -1);
      return;
    }
    exchange.sendResponseHeaders(answer.status(), answer.body().length);
    try (OutputStream out = exchange.getResponseBody()) {
      out.write(answer.body());
    }
  }
}
