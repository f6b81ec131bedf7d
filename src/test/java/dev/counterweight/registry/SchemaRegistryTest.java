package dev.counterweight.registry;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.counterweight.config.RegistryConfig;
import dev.counterweight.event.EventRejectedException;
import dev.counterweight.event.RegisteredSchema;
import dev.counterweight.event.SchemaId;
import dev.counterweight.event.SchemaUnavailableException;
import dev.counterweight.protocol.FailureException;
import dev.counterweight.runtime.JobMeters;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class SchemaRegistryTest {
  private static final String NOT_FOUND = "{\"error_code\": 40403, \"message\": \"not found\"}";

  private final SimpleMeterRegistry meters = new SimpleMeterRegistry();
  private final Map<String, Page> pages = new ConcurrentHashMap<>();
  private final List<String> asked = new CopyOnWriteArrayList<>();
  private final List<String> authorizations = new CopyOnWriteArrayList<>();
  private final ExecutorService threads = Executors.newCachedThreadPool();
  private HttpServer server;
  private long nowNs = 1;

  private record Page(int status, String body) {}

  @BeforeEach
  void start() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 5);
    server.setExecutor(threads);
    server.createContext("/", this::answer);
    server.start();
  }

  @AfterEach
  void stop() {
    server.stop(0);
    threads.shutdownNow();
  }

  private void answer(HttpExchange exchange) throws IOException {
    String path = exchange.getRequestURI().toString();
    asked.add(path);
    @Nullable String authorization = exchange.getRequestHeaders().getFirst("Authorization");
    authorizations.add(String.valueOf(authorization));
    Page page = pages.getOrDefault(path, new Page(404, NOT_FOUND));
    if (page.status() == 302) {
      exchange.getResponseHeaders().add("Location", "http://elsewhere.example/");
    }
    byte[] body = page.body().getBytes(UTF_8);
    exchange.sendResponseHeaders(page.status(), 0);
    exchange.getResponseBody().write(body);
    if (page.body().isEmpty()) {
      exchange.getResponseBody().flush();
      return; // never ends
    }
    exchange.close();
  }

  private URI url() {
    return URI.create("http://127.0.0.1:" + server.getAddress().getPort() + "/base");
  }

  private SchemaRegistry registry() {
    return registry(new RegistryConfig(url(), Duration.ofSeconds(20)));
  }

  private SchemaRegistry registry(RegistryConfig config) {
    return new SchemaRegistry(config, "sampler", new JobMeters(meters, "job"), () -> nowNs);
  }

  private static SchemaId id(int id) {
    return new SchemaId.Number(id);
  }

  private void page(String path, int status, String body) {
    pages.put("/base" + path, new Page(status, body));
  }

  @Test
  void aSchemaIsAskedForOnceAndKept() throws Exception {
    page("/schemas/ids/5", 200, "{\"schema\": \"{\\\"type\\\": \\\"int\\\"}\"}");
    SchemaRegistry registry = registry();

    RegisteredSchema first = registry.schema(id(5));
    server.stop(0);

    assertThat(first).isEqualTo(new RegisteredSchema("AVRO", "{\"type\": \"int\"}", Map.of()));
    assertThat(registry.schema(id(5))).isEqualTo(first);
    assertThat(asked).containsExactly("/base/schemas/ids/5");
  }

  @Test
  void whatASchemaRefersToComesWithItEachBehindWhatItNeeds() throws Exception {
    String refers = "{\"schema\": \"%s\", \"schemaType\": \"PROTOBUF\", \"references\": [%s]}";
    String reference = "{\"name\": \"%s\", \"subject\": \"%s\", \"version\": %d}";
    page(
        "/schemas/ids/1",
        200,
        refers.formatted(
            "main", reference.formatted("b", "s b/x", 2) + "," + reference.formatted("a", "a", 1)));
    page(
        "/subjects/s%20b%2Fx/versions/2?deleted=true",
        200, refers.formatted("b's text", reference.formatted("a", "a", 1)));
    page(
        "/subjects/a/versions/1?deleted=true",
        200,
        refers.formatted("a's text", reference.formatted("b", "s b/x", 2)));

    RegisteredSchema schema = registry().schema(id(1));

    assertThat(schema.type()).isEqualTo("PROTOBUF");
    assertThat(schema.references())
        .containsExactly(Map.entry("a", "a's text"), Map.entry("b", "b's text"));
  }

  @Test
  void aGuidIsAskedForAsOne() throws Exception {
    UUID guid = UUID.fromString("89791762-2336-4186-9674-299b90a802e2");
    page("/schemas/guids/" + guid, 200, "{\"schema\": \"x\", \"schemaType\": \"JSON\"}");

    assertThat(registry().schema(new SchemaId.Guid(guid)).type()).isEqualTo("JSON");
  }

  @Test
  void anIdThatTheRegistryDoesNotKnowRejectsTheEventAndIsNotAskedForAtOnceAgain() throws Exception {
    SchemaRegistry registry = registry();

    for (int i = 0; i < 3; i++) {
      assertThatThrownBy(() -> registry.schema(id(77)))
          .hasMessage("schema id 77 is not known to the registry " + url())
          .extracting(e -> ((EventRejectedException) e).reason())
          .isEqualTo(EventRejectedException.Reason.UNKNOWN_SCHEMA);
    }
    assertThat(asked).hasSize(1);

    page("/schemas/ids/77", 200, "{\"schema\": \"x\"}");
    nowNs += SchemaRegistry.UNKNOWN_FOR.toNanos();

    assertThat(registry.schema(id(77)).text()).as("registered since").isEqualTo("x");
    assertThatThrownBy(() -> registry.schema(id(-1))).hasMessageContaining("is negative");
    assertThat(asked).hasSize(2);
    assertThat(requests("unknown")).isEqualTo(1);
    assertThat(requests("found")).isEqualTo(1);
  }

  @Test
  void anIdThatStaysUnknownIsAskedForMoreAndMoreSeldom() {
    SchemaRegistry registry = registry();
    for (int seconds : new int[] {1, 2, 4, 8, 16, 30, 30}) {
      int before = asked.size();
      rejectsUnknown(registry);
      assertThat(asked).as("asked, to wait for %d s now", seconds).hasSize(before + 1);
      nowNs += Duration.ofSeconds(seconds).toNanos() - 1;
      rejectsUnknown(registry);
      assertThat(asked).as("not before %d s", seconds).hasSize(before + 1);
      nowNs++;
    }
  }

  private static void rejectsUnknown(SchemaRegistry registry) {
    assertThatThrownBy(() -> registry.schema(id(77))).isInstanceOf(EventRejectedException.class);
  }

  @Test
  void aPageThatIsNotThereIsNoUnknownIdUnlessARegistryIs() {
    page("/schemas/ids/5", 404, "<html>nothing here</html>");
    page("/schemas/types", 404, "<html>nothing here</html>");

    assertThatThrownBy(() -> registry().schema(id(5)))
        .isInstanceOf(SchemaUnavailableException.class)
        .hasMessageContaining("is that the base URL of a registry");

    page("/schemas/types", 200, "[\"AVRO\"]");

    assertThatThrownBy(() -> registry().schema(id(5))).isInstanceOf(EventRejectedException.class);
  }

  @Test
  void whatIsNoAnswerIsWaitedForAndAskedForMoreAndMoreSeldom() throws Exception {
    page("/schemas/ids/5", 503, "starting");
    SchemaRegistry registry = registry();
    for (int ms : new int[] {100, 200, 400, 800, 1600, 2000, 2000}) {
      assertThatThrownBy(() -> registry.schema(id(5)))
          .isInstanceOf(SchemaUnavailableException.class)
          .hasMessageContaining("says 503");
      nowNs += Duration.ofMillis(ms).toNanos() - 1;
      int before = asked.size();
      assertThatThrownBy(() -> registry.schema(id(5)))
          .isInstanceOf(SchemaUnavailableException.class);
      assertThat(asked).as("not before %d ms", ms).hasSize(before);
      nowNs++;
    }
    assertThat(registry.waiting())
        .hasValue(
            "the schema registry has not answered for 7 s: cannot read events of schema id 5 yet");
    assertThat(meters.get("counterweight.schema.registry.away").gauge().value()).isEqualTo(7.1);
    assertThat(requests("no-answer")).isEqualTo(7);

    page("/schemas/ids/5", 200, "{\"schema\": \"x\"}");

    assertThat(registry.schema(id(5)).text()).isEqualTo("x");
    assertThat(registry.waiting()).isEmpty();
    assertThat(meters.get("counterweight.schema.registry.away").gauge().value()).isZero();
  }

  @Test
  void neitherNonsenseNorALongAnswerNorAnotherPlaceIsAnAnswer() {
    page("/schemas/ids/1", 200, "not JSON");
    page("/schemas/ids/2", 200, "{\"a\": 1}");
    page("/schemas/ids/3", 200, "x".repeat(RegistryCalls.MAX_ANSWER_BYTES + 1));
    page("/schemas/ids/4", 302, "moved");
    page("/schemas/ids/5", 429, "slower");

    away(1, "answers with what is not JSON");
    away(2, "answers without a schema");
    away(3, "its answer is longer than 4194304 bytes");
    away(4, "says 302, go to http://elsewhere.example/");
    away(5, "says 429");
    server.stop(0);
    away(6, "no connection");
  }

  @Test
  void anAnswerThatDoesNotEndIsGivenUp() {
    page("/schemas/ids/1", 200, "");

    assertThatThrownBy(
            () -> registry(new RegistryConfig(url(), Duration.ofMillis(200))).schema(id(1)))
        .isInstanceOf(SchemaUnavailableException.class)
        .hasMessageContaining("did not answer within 200 ms");
  }

  private void away(int id, String words) {
    assertThatThrownBy(() -> registry().schema(id(id)))
        .isInstanceOf(SchemaUnavailableException.class)
        .hasMessageContaining(words);
  }

  @Test
  void credentialsThatAreRefusedEndTheRole() {
    page("/schemas/ids/1", 401, "who?");
    page("/schemas/ids/2", 403, "no");

    assertThatThrownBy(() -> registry().schema(id(1)))
        .isInstanceOf(FailureException.class)
        .hasMessageContaining("set events.schema.registry.user and .password, or .token");
    assertThatThrownBy(() -> registry(with("me", "secret", null)).schema(id(2)))
        .isInstanceOf(FailureException.class)
        .hasMessageContaining("it refuses events.schema.registry.user and .password")
        .hasMessageNotContaining("secret");
  }

  @Test
  void userOrTokenGoWithEachRequest() throws Exception {
    page("/schemas/ids/1", 200, "{\"schema\": \"x\"}");

    registry(with("Aladdin", "open sesame", null)).schema(id(1));
    registry(with(null, null, "abc")).schema(id(1));
    registry().schema(id(1));

    assertThat(authorizations)
        .containsExactly("Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==", "Bearer abc", "null");
  }

  private RegistryConfig with(
      @Nullable String user, @Nullable String password, @Nullable String token) {
    return new RegistryConfig(url(), user, password, token, Duration.ofSeconds(20), Map.of());
  }

  @Test
  void newIdsWithoutEndDoNotFillTheMemory() throws Exception {
    SchemaRegistry registry = registry();
    String large = "x".repeat(4_000_000);
    for (int i = 0; i < 20; i++) {
      page("/schemas/ids/" + i, 200, "{\"schema\": \"" + large + "\"}");
      registry.schema(id(i));
    }
    asked.clear();

    registry.schema(id(19));
    registry.schema(id(0));

    assertThat(asked).containsExactly("/base/schemas/ids/0");
  }

  private double requests(String outcome) {
    return meters
        .get("counterweight.schema.registry.requests")
        .tags("outcome", outcome, "role", "sampler")
        .counter()
        .count();
  }
}
