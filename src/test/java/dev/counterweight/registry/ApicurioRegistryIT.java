package dev.counterweight.registry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.counterweight.config.RegistryConfig;
import dev.counterweight.event.EventRejectedException;
import dev.counterweight.event.RegisteredSchema;
import dev.counterweight.event.SchemaId;
import dev.counterweight.event.SchemaUnavailableException;
import dev.counterweight.registry.ApicurioRegistry.Reference;
import dev.counterweight.runtime.JobMeters;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.UUID;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ApicurioRegistryIT {
  private static final String CARD =
      "{'type': 'record', 'name': 'Card', 'namespace': 'n', 'fields': [{'name': 'country', 'type': 'string'}]}"
          .replace('\'', '"');
  private static final String EVENT =
      "{'type': 'record', 'name': 'Event', 'fields': [{'name': 'card', 'type': 'n.Card'}]}"
          .replace('\'', '"');

  @TempDir private Path dir;

  private static SchemaRegistry client(ApicurioRegistry registry) {
    return new SchemaRegistry(
        new RegistryConfig(URI.create(registry.url()), Duration.ofSeconds(20)),
        "sampler",
        new JobMeters(new SimpleMeterRegistry(), "job"));
  }

  @Test
  void schemasComeWithWhatTheyReferTo() throws Exception {
    ApicurioRegistry registry = ApicurioRegistry.shared();
    registry.avro("card", CARD);
    int event = registry.register("event", "AVRO", EVENT, new Reference("n.Card", "card", 1));
    int message = registry.protobuf("message", "syntax = \"proto3\"; message M { int32 a = 1; }");

    RegisteredSchema schema = client(registry).schema(new SchemaId.Number(event));

    assertThat(schema.type()).isEqualTo("AVRO");
    assertThat(schema.text()).contains("n.Card");
    assertThat(schema.references()).containsOnlyKeys("n.Card");
    assertThat(schema.references().get("n.Card")).contains("country");
    assertThat(client(registry).schema(new SchemaId.Number(message)).type()).isEqualTo("PROTOBUF");
  }

  @Test
  void whatItDoesNotKnowIsRejected() {
    SchemaRegistry client = client(ApicurioRegistry.shared());

    assertThatThrownBy(() -> client.schema(new SchemaId.Number(123_456_789)))
        .isInstanceOf(EventRejectedException.class);
    assertThatThrownBy(() -> client.schema(new SchemaId.Guid(UUID.randomUUID())))
        .as("a GUID, of which this server knows none")
        .isInstanceOf(EventRejectedException.class);
  }

  @Test
  void oneThatWasStoppedIsWaitedForAndHasItsSchemasAgain() throws Exception {
    try (ApicurioRegistry registry = ApicurioRegistry.start(dir)) {
      SchemaId id = new SchemaId.Number(registry.avro("events-value", CARD));
      SchemaRegistry client = client(registry);

      registry.stop();
      assertThatThrownBy(() -> client.schema(id)).isInstanceOf(SchemaUnavailableException.class);
      registry.startAgain();

      Awaitility.await()
          .ignoreExceptionsInstanceOf(SchemaUnavailableException.class)
          .untilAsserted(() -> assertThat(client.schema(id).text()).contains("country"));
    }
  }
}
