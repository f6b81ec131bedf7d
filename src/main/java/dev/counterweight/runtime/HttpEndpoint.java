package dev.counterweight.runtime;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.counterweight.config.MetricsConfig;
import dev.counterweight.runtime.Role.State;
import java.io.IOException;
import java.io.OutputStream;
import java.net.BindException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Supplier;

/**
 * Serves GET /metrics (Prometheus text), /health/live and /health/ready (200 or 503, with each
 * role's state as JSON), and what roles add as {@link JsonPages} (503 while there is nothing to
 * show yet). There is nothing to write to. Live: no role has failed. Ready: every role works, or
 * stands by healthily for the lead.
 */
public final class HttpEndpoint implements AutoCloseable {
  private static final Set<State> NOT_LIVE = EnumSet.of(State.FAILED);
  private static final Set<State> READY = EnumSet.of(State.RUNNING, State.WAITING);
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final int THREADS = 2;

  private final HttpServer server;
  private final ExecutorService threads;
  private final Telemetry telemetry;
  private final List<Role> roles;
  private final SortedMap<String, Supplier<Optional<String>>> pages = new TreeMap<>();

  private HttpEndpoint(
      HttpServer server, ExecutorService threads, Telemetry telemetry, List<Role> roles) {
    this.server = server;
    this.threads = threads;
    this.telemetry = telemetry;
    this.roles = List.copyOf(roles);
    for (Role role : roles) {
      if (role instanceof JsonPages more) {
        pages.putAll(more.jsonPages());
      }
    }
  }

  /**
   * Binds and serves until closed.
   *
   * @throws FailureException if the address cannot be bound
   */
  public static HttpEndpoint start(MetricsConfig config, Telemetry telemetry, List<Role> roles) {
    HttpServer server;
    try {
      server = HttpServer.create(new InetSocketAddress(config.host(), config.port()), 16);
    } catch (BindException e) {
      throw new FailureException(
          "metrics.port=%d on metrics.host=%s cannot be used (%s): set another, or 0 for any free port"
              .formatted(config.port(), config.host(), e.getMessage()),
          e);
    } catch (IOException | IllegalArgumentException e) {
      throw new FailureException(
          "metrics.host=%s cannot be bound: %s".formatted(config.host(), e.getMessage()), e);
    }
    ExecutorService threads =
        Executors.newFixedThreadPool(
            THREADS,
            task -> {
              Thread thread = new Thread(task, "counterweight-http");
              thread.setDaemon(true);
              return thread;
            });
    HttpEndpoint endpoint = new HttpEndpoint(server, threads, telemetry, roles);
    server.setExecutor(threads);
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
    threads.shutdownNow();
  }

  private void handle(HttpExchange exchange) throws IOException {
    try (exchange) {
      if (!exchange.getRequestMethod().equals("GET")) {
        respond(exchange, 405, "text/plain", "only GET\n");
        return;
      }
      switch (exchange.getRequestURI().getPath()) {
        case "/metrics" ->
            respond(exchange, 200, "text/plain; version=0.0.4; charset=utf-8", telemetry.scrape());
        case "/health/live" -> health(exchange, EnumSet.complementOf(EnumSet.copyOf(NOT_LIVE)));
        case "/health/ready" -> health(exchange, READY);
        default -> page(exchange);
      }
    }
  }

  private void page(HttpExchange exchange) throws IOException {
    Supplier<Optional<String>> page = pages.get(exchange.getRequestURI().getPath());
    if (page == null) {
      StringBuilder paths = new StringBuilder("/metrics, /health/live, /health/ready");
      pages.keySet().forEach(path -> paths.append(", ").append(path));
      respond(exchange, 404, "text/plain", paths + "\n");
      return;
    }
    Optional<String> body = page.get();
    respond(
        exchange,
        body.isPresent() ? 200 : 503,
        "application/json",
        body.orElse("{\"error\":\"nothing to show yet\"}") + "\n");
  }

  private void health(HttpExchange exchange, Set<State> wanted) throws IOException {
    boolean healthy = true;
    ObjectNode body = JSON.createObjectNode();
    ArrayNode list = body.putArray("roles");
    for (Role role : roles) {
      Role.Status status = role.status();
      healthy &= wanted.contains(status.state());
      list.addObject()
          .put("role", role.name())
          .put("state", status.state().name().toLowerCase(Locale.ROOT))
          .put("detail", status.detail());
    }
    body.put("healthy", healthy);
    respond(exchange, healthy ? 200 : 503, "application/json", body + "\n");
  }

  private static void respond(HttpExchange exchange, int code, String type, String text)
      throws IOException {
    byte[] body = text.getBytes(StandardCharsets.UTF_8);
    exchange.getResponseHeaders().set("Content-Type", type);
    exchange.sendResponseHeaders(code, body.length);
    try (OutputStream out = exchange.getResponseBody()) {
      out.write(body);
    }
  }
}
