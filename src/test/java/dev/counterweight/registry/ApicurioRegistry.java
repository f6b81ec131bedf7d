package dev.counterweight.registry;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * A schema registry in a process of its own, on a loopback port: Apicurio's server, which answers
 * Confluent's REST API too. It can be stopped, stand still, and go on where it was. Maven unpacks
 * the server (the execution {@code schema-registry} of pom.xml); it takes four seconds to start.
 */
public final class ApicurioRegistry implements AutoCloseable {
  private static final Path SERVER = Path.of("target", "schema-registry");
  private static final Pattern ADDRESS = Pattern.compile("Listening on: (http://[0-9.]+:(\\d+))");
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final HttpClient HTTP = HttpClient.newHttpClient();

  private final Path dir;
  private final Thread ending = new Thread(this::kill, "schema-registry-end");
  private volatile Process process;
  private String address = "";
  private int port;

  /** One for all tests of a JVM, which take subjects of their own. */
  private static final class Shared {
    static final ApicurioRegistry REGISTRY = temporary();
  }

  private ApicurioRegistry(Path dir) {
    this.dir = dir;
    this.process = launch(0);
    Runtime.getRuntime().addShutdownHook(ending);
    awaitAnswer();
  }

  /** Starts one whose schemas stand in {@code dir}. */
  public static ApicurioRegistry start(Path dir) {
    return new ApicurioRegistry(dir);
  }

  /** That of this JVM, started when first asked for: not to be stopped. */
  public static ApicurioRegistry shared() {
    return Shared.REGISTRY;
  }

  /** For {@code events.schema.registry}. */
  public String url() {
    return address + "/apis/ccompat/v7";
  }

  /** Registers an Avro schema under a subject; returns its id. */
  public int avro(String subject, String schema) {
    return register(subject, "AVRO", schema);
  }

  /** Registers a .proto file's text under a subject; returns its id. */
  public int protobuf(String subject, String schema) {
    return register(subject, "PROTOBUF", schema);
  }

  /** A schema that another one refers to: {@code name} as it is imported, or a full Avro name. */
  public record Reference(String name, String subject, int version) {}

  /**
   * Registers a schema, as a producer's serializer does.
   *
   * @param type AVRO, PROTOBUF or JSON
   */
  public int register(String subject, String type, String schema, Reference... references) {
    ObjectNode body = JSON.createObjectNode().put("schemaType", type).put("schema", schema);
    body.set("references", JSON.valueToTree(List.of(references)));
    try {
      HttpResponse<String> answer =
          HTTP.send(
              HttpRequest.newBuilder(URI.create(url() + "/subjects/" + subject + "/versions"))
                  .header("Content-Type", "application/vnd.schemaregistry.v1+json")
                  .POST(HttpRequest.BodyPublishers.ofString(body.toString()))
                  .build(),
              HttpResponse.BodyHandlers.ofString());
      JsonNode id = JSON.readTree(answer.body()).path("id");
      if (answer.statusCode() != 200 || !id.isInt()) {
        throw new AssertionError("not registered: " + answer.statusCode() + " " + answer.body());
      }
      return id.intValue();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      throw new AssertionError("interrupted", e);
    }
  }

  /** Stops it; its schemas stay. */
  public void stop() {
    process.destroy();
    process.onExit().join();
  }

  /** Starts it where it was stopped, on the same port with the same schemas. */
  public void startAgain() {
    process = launch(port);
    awaitAnswer();
  }

  /** Stands still, its connections open. */
  public void pause() {
    signal("STOP");
  }

  /** Goes on after {@link #pause}. */
  public void resume() {
    signal("CONT");
  }

  @Override
  public void close() {
    kill();
    Runtime.getRuntime().removeShutdownHook(ending);
  }

  private void kill() {
    process.destroyForcibly().onExit().join();
  }

  private void signal(String name) {
    try {
      new ProcessBuilder("kill", "-" + name, Long.toString(process.pid())).start().waitFor();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      throw new AssertionError("interrupted", e);
    }
  }

  private Process launch(int port) {
    try {
      return new ProcessBuilder(
              Path.of(System.getProperty("java.home"), "bin", "java").toString(),
              "-Xmx512m",
              "-XX:+UseSerialGC",
              "-XX:TieredStopAtLevel=1",
              "-Dquarkus.http.host=127.0.0.1",
              "-Dquarkus.http.port=" + port,
              "-Dquarkus.management.host=127.0.0.1",
              "-Dquarkus.management.port=0",
              "-Dquarkus.log.category.\"io.quarkus\".level=INFO",
              "-Dapicurio.datasource.url=jdbc:h2:file:" + dir.toAbsolutePath().resolve("registry"),
              "-jar",
              server().toString())
          .redirectErrorStream(true)
          .redirectOutput(log().toFile())
          .start();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private Path log() {
    return dir.resolve("registry.log");
  }

  private static Path server() throws IOException {
    if (!Files.isDirectory(SERVER)) {
      throw new AssertionError(
          "no %s: run mvn dependency:unpack@schema-registry, as mvn verify does".formatted(SERVER));
    }
    try (Stream<Path> files = Files.list(SERVER)) {
      return files.filter(file -> file.toString().endsWith("-runner.jar")).findAny().orElseThrow();
    }
  }

  private void awaitAnswer() {
    Matcher listening = ADDRESS.matcher("");
    long deadlineNs = System.nanoTime() + 120_000_000_000L;
    try {
      while (!listening.reset(Files.readString(log())).find()) {
        if (!process.isAlive() || System.nanoTime() > deadlineNs) {
          throw new AssertionError("the registry did not start:\n" + Files.readString(log()));
        }
        Thread.sleep(50);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      throw new AssertionError("interrupted", e);
    }
    address = listening.group(1);
    port = Integer.parseInt(listening.group(2));
  }

  private static ApicurioRegistry temporary() {
    try {
      Path dir = Files.createTempDirectory("schema-registry");
      ApicurioRegistry registry = new ApicurioRegistry(dir);
      Runtime.getRuntime().addShutdownHook(new Thread(() -> registry.end(dir), "registry-folder"));
      return registry;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void end(Path folder) {
    kill();
    try (Stream<Path> paths = Files.walk(folder)) {
      paths.sorted(Comparator.reverseOrder()).forEach(path -> path.toFile().delete());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
