package dev.counterweight.demo;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.counterweight.demo.LocalSchemas.Reference;
import dev.counterweight.demo.LocalSchemas.RefusedException;
import dev.counterweight.demo.LocalSchemas.Registered;
import dev.counterweight.demo.LocalSchemas.Version;
import dev.counterweight.protocol.FailureException;
import dev.counterweight.runtime.DaemonThread;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.URLDecoder;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/**
 * A schema registry in this JVM, on a loopback port: the paths of Confluent's REST API by which
 * schemas are registered and found, for Avro. Bounded in requests at a time, in their size and in
 * schemas; what it knows is gone with it. Thread-safe.
 */
public final class LocalRegistry implements AutoCloseable {
  /** Most bytes of a request. */
  static final int MOST_BYTES = 1 << 20;

  private static final int THREADS = 4;
  private static final ObjectMapper JSON = new ObjectMapper();

  private final LocalSchemas schemas = new LocalSchemas();
  private final HttpServer server;
  private final ExecutorService threads;

  /** An answer; one that is no 200 says why by a code of Confluent's. */
  private record Reply(int status, JsonNode body) {}

  private LocalRegistry(HttpServer server) {
    this.server = server;
    this.threads =
        Executors.newFixedThreadPool(
            THREADS, task -> new DaemonThread(task, "counterweight-registry"));
    server.setExecutor(threads);
    server.createContext("/", this::handle);
    server.start();
  }

  /**
   * Serves on any free port until closed.
   *
   * @throws FailureException if there is none
   */
  public static LocalRegistry start() {
    try {
      InetSocketAddress any = new InetSocketAddress(InetAddress.getByName("127.0.0.1"), 0);
      return new LocalRegistry(HttpServer.create(any, 0));
    } catch (IOException e) {
      throw new FailureException(
          "cannot serve schemas on 127.0.0.1, any free port: " + e.getMessage(), e);
    }
  }

  /** For {@code events.schema.registry}. */
  public URI url() {
    return URI.create("http://127.0.0.1:" + server.getAddress().getPort());
  }

  @Override
  public void close() {
    server.stop(0);
    threads.shutdownNow();
  }

  private void handle(HttpExchange exchange) throws IOException {
    try (exchange) {
      byte[] posted = exchange.getRequestBody().readNBytes(MOST_BYTES + 1);
      Reply reply = reply(exchange, posted);
      byte[] body = JSON.writeValueAsBytes(reply.body());
      exchange.getResponseHeaders().set("Content-Type", "application/vnd.schemaregistry.v1+json");
      exchange.sendResponseHeaders(reply.status(), body.length);
      try (OutputStream out = exchange.getResponseBody()) {
        out.write(body);
      }
    }
  }

  private Reply reply(HttpExchange exchange, byte[] posted) {
    List<String> path = segments(exchange.getRequestURI());
    return switch (exchange.getRequestMethod()) {
      case "GET" -> found(path);
      case "POST" -> {
        // A page of another site can send a form or plain text unasked, and nothing else.
        String type = exchange.getRequestHeaders().getFirst("Content-Type");
        yield type == null || !type.contains("json")
            ? error(415, 415, "a schema is posted as JSON")
            : posted(path, posted);
      }
      default -> error(405, 405, "only GET and POST");
    };
  }

  private static List<String> segments(URI uri) {
    List<String> segments = new ArrayList<>();
    for (String segment : String.valueOf(uri.getRawPath()).split("/", -1)) {
      if (!segment.isEmpty()) {
        segments.add(URLDecoder.decode(segment.replace("+", "%2B"), UTF_8));
      }
    }
    return segments;
  }

  private Reply found(List<String> path) {
    boolean ofSubject = path.size() >= 3 && is(path, 0, "subjects") && is(path, 2, "versions");
    if (path.size() == 2 && is(path, 0, "schemas") && is(path, 1, "types")) {
      return new Reply(200, JSON.createArrayNode().add("AVRO"));
    }
    if (path.size() >= 3 && is(path, 0, "schemas") && is(path, 1, "ids")) {
      return ofId(path);
    }
    if (path.size() == 1 && is(path, 0, "subjects")) {
      return new Reply(200, JSON.valueToTree(schemas.subjects()));
    }
    return ofSubject ? ofSubject(path) : nothing();
  }

  private Reply ofId(List<String> path) {
    int id = number(path.get(2));
    Optional<Registered> schema = schemas.schema(id);
    if (schema.isEmpty()) {
      return error(404, 40403, "Schema " + path.get(2) + " not found");
    }
    if (path.size() == 3) {
      return new Reply(200, body(schema.get()));
    }
    if (path.size() > 4 || !is(path, 3, "versions")) {
      return nothing();
    }
    ArrayNode versions = JSON.createArrayNode();
    for (Version version : schemas.versions(id)) {
      versions.addObject().put("subject", version.subject()).put("version", version.version());
    }
    return new Reply(200, versions);
  }

  private Reply ofSubject(List<String> path) {
    List<Version> versions = schemas.versions(path.get(1));
    if (versions.isEmpty()) {
      return error(404, 40401, "Subject '" + path.get(1) + "' not found.");
    }
    if (path.size() == 3) {
      return new Reply(200, JSON.valueToTree(versions.stream().map(Version::version).toList()));
    }
    int wanted = is(path, 3, "latest") ? versions.size() : number(path.get(3));
    if (path.size() > 4) {
      return nothing();
    }
    if (wanted < 1 || wanted > versions.size()) {
      return error(404, 40402, "Version " + path.get(3) + " not found.");
    }
    Version version = versions.get(wanted - 1);
    return new Reply(
        200,
        body(version.schema())
            .put("subject", version.subject())
            .put("version", version.version())
            .put("id", version.id()));
  }

  private Reply posted(List<String> path, byte[] posted) {
    if (path.size() != 3 || !is(path, 0, "subjects") || !is(path, 2, "versions")) {
      return nothing();
    }
    if (posted.length > MOST_BYTES) {
      return error(413, 413, "a request has at most %d bytes".formatted(MOST_BYTES));
    }
    try {
      JsonNode body = JSON.readTree(posted);
      String type = body.path("schemaType").asText("AVRO");
      if (!type.equals("AVRO") || !body.path("schema").isTextual()) {
        return error(422, 42201, "only Avro is taken here: a text under \"schema\"");
      }
      List<Reference> references = new ArrayList<>();
      for (JsonNode reference : body.path("references")) {
        references.add(
            new Reference(
                reference.path("name").asText(),
                reference.path("subject").asText(),
                reference.path("version").asInt()));
      }
      int id =
          schemas.register(path.get(1), new Registered(body.path("schema").asText(), references));
      return new Reply(200, JSON.createObjectNode().put("id", id));
    } catch (JsonProcessingException e) {
      return error(400, 400, "not JSON: " + e.getOriginalMessage());
    } catch (IOException e) {
      return error(400, 400, "not readable: " + e.getMessage());
    } catch (RefusedException e) {
      return error(422, 42201, String.valueOf(e.getMessage()));
    }
  }

  private static ObjectNode body(Registered schema) {
    ObjectNode body = JSON.createObjectNode().put("schema", schema.text());
    if (!schema.references().isEmpty()) {
      body.set("references", JSON.valueToTree(schema.references()));
    }
    return body;
  }

  private static Reply nothing() {
    return error(404, 404, "HTTP 404 Not Found");
  }

  private static Reply error(int status, int code, String message) {
    return new Reply(
        status, JSON.createObjectNode().put("error_code", code).put("message", message));
  }

  private static boolean is(List<String> path, int at, String name) {
    return path.get(at).equals(name);
  }

  /** A whole number, or one that nothing has. */
  private static int number(String text) {
    try {
      return Integer.parseInt(text);
    } catch (NumberFormatException e) {
      return -1;
    }
  }
}
