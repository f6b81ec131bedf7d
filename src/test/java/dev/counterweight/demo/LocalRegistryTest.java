package dev.counterweight.demo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.counterweight.config.RegistryConfig;
import dev.counterweight.event.EventRejectedException;
import dev.counterweight.event.SchemaId;
import dev.counterweight.protocol.FailureException;
import dev.counterweight.registry.SchemaRegistration;
import dev.counterweight.registry.SchemaRegistry;
import dev.counterweight.runtime.Http;
import dev.counterweight.runtime.JobMeters;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class LocalRegistryTest {
  private static final String CARD =
      "{\"type\": \"record\", \"name\": \"Card\", \"fields\": [{\"name\": \"n\", \"type\":"
          + " \"int\"}]}";

  private final LocalRegistry registry = LocalRegistry.start();
  private final RegistryConfig config = new RegistryConfig(registry.url(), Duration.ofSeconds(30));

  @AfterEach
  void close() {
    registry.close();
  }

  @Test
  void aSchemaThatIsRegisteredIsFoundByItsId() throws Exception {
    int id = new SchemaRegistration(config).register("payments-value", "AVRO", CARD);
    assertThat(client().schema(new SchemaId.Number(id)).text()).isEqualTo(CARD);
    assertThat(client().schema(new SchemaId.Number(id)).type()).isEqualTo("AVRO");
  }

  @Test
  void aSchemaHasOneIdUnderAllItsSubjectsAndIsKeptOnce() throws Exception {
    SchemaRegistration registration = new SchemaRegistration(config);
    int id = registration.register("a/b", "AVRO", CARD);
    assertThat(registration.register("a/b", "AVRO", CARD)).isEqualTo(id);
    assertThat(registration.register("other", "AVRO", CARD)).isEqualTo(id);
    assertThat(get("/subjects/a%2Fb/versions").body()).isEqualTo("[1]");
    assertThat(get("/subjects").body()).isEqualTo("[\"a/b\",\"other\"]");
  }

  @Test
  void whatItDoesNotKnowIsRejected() {
    assertThatThrownBy(() -> client().schema(new SchemaId.Number(123_456_789)))
        .isInstanceOf(EventRejectedException.class);
    assertThatThrownBy(() -> client().schema(new SchemaId.Guid(UUID.randomUUID())))
        .isInstanceOf(EventRejectedException.class);
  }

  @Test
  void whatIsNoAvroSchemaIsRefused() {
    SchemaRegistration registration = new SchemaRegistration(config);
    assertThatThrownBy(() -> registration.register("a", "AVRO", "{\"type\": \"nothing\"}"))
        .isInstanceOf(FailureException.class)
        .hasMessageContaining("Invalid schema");
    String twice = CARD.replace("[{", "[{\"name\": \"n\", \"type\": \"int\"}, {");
    assertThatThrownBy(() -> registration.register("a", "AVRO", twice))
        .isInstanceOf(FailureException.class)
        .hasMessageContaining("Invalid schema: Duplicate field n");
    assertThatThrownBy(() -> registration.register("a", "PROTOBUF", "message A {}"))
        .isInstanceOf(FailureException.class)
        .hasMessageContaining("only Avro");
  }

  @Test
  void noMoreSchemasAreKeptThanThereIsRoomFor() throws Exception {
    LocalSchemas schemas = new LocalSchemas();
    LocalSchemas.Registered card = new LocalSchemas.Registered(CARD, List.of());
    for (int at = 0; at < LocalSchemas.MOST_SCHEMAS; at++) {
      schemas.register("subject-" + at, card);
    }
    assertThatThrownBy(() -> schemas.register("one-more", card))
        .hasMessageContaining("no more are taken");
  }

  @Test
  void aRequestThatIsTooLongAndOneThatIsNoJsonAreRefused() throws Exception {
    String path = "/subjects/a/versions";
    assertThat(post(path, "application/json", " ".repeat(LocalRegistry.MOST_BYTES + 1)))
        .isEqualTo(413);
    assertThat(post(path, "application/json", "{")).isEqualTo(400);
    assertThat(post(path, "text/plain", "{}")).as("what a page may send").isEqualTo(415);
  }

  private SchemaRegistry client() {
    return new SchemaRegistry(config, "sampler", new JobMeters(new SimpleMeterRegistry(), "job"));
  }

  private HttpResponse<String> get(String path) throws Exception {
    return Http.get(registry.url() + path);
  }

  private int post(String path, String type, String body) throws Exception {
    return Http.post(registry.url() + path, type, body).statusCode();
  }
}
