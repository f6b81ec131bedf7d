package dev.counterweight.demo;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.counterweight.config.RegistryConfig;
import dev.counterweight.event.RegisteredSchema;
import dev.counterweight.event.SchemaId;
import dev.counterweight.registry.ApicurioRegistry;
import dev.counterweight.registry.SchemaRegistry;
import dev.counterweight.runtime.JobMeters;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.List;
import org.apache.avro.Schema;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** The demo's registry answers as a registry that teams run does. */
class LocalRegistryIT {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final String CARD =
      "{\"type\":\"record\",\"name\":\"Card\",\"namespace\":\"n\",\"fields\":[{\"name\":\"country\",\"type\":\"string\"}]}";
  private static final String EVENT =
      "{\"type\":\"record\",\"name\":\"Event\",\"fields\":[{\"name\":\"card\",\"type\":\"n.Card\"}]}";
  private static final String SUBJECT = "local-registry";

  private static final String CARD_POST = JSON.createObjectNode().put("schema", CARD).toString();

  @Test
  void bothAnswerAlike() throws Exception {
    try (LocalRegistry local = LocalRegistry.start()) {
      List<URI> both = List.of(local.url(), URI.create(ApicurioRegistry.shared().url()));
      String card = "/subjects/" + SUBJECT + "-card/versions";
      String event = "/subjects/" + SUBJECT + "-event/versions";
      assertAlike(both, uri -> answer(uri, card, CARD_POST), "id");
      assertAlike(both, uri -> answer(uri, card, CARD_POST), "id");
      assertAlike(both, uri -> answer(uri, event, eventPost(1)), "id");
      assertAlike(both, uri -> answer(uri, event, eventPost(99)), "message", "error_code");
      assertAlike(both, uri -> answer(uri, event, "{\"schema\":\"{\"}"), "message");
      for (String path : List.of(card, card + "/1", card + "/latest", event + "/1?deleted=true")) {
        assertAlike(both, uri -> answer(uri, path, null), "id");
      }
      for (String unknown :
          List.of("/schemas/ids/123456789", card + "/99", "/subjects/no-such/versions/1")) {
        assertAlike(both, uri -> answer(uri, unknown, null), "message");
      }
      for (URI uri : both) {
        assertThat(answer(uri, "/schemas/types", null).get("body").toString()).contains("AVRO");
        assertThatItIsReadByItsId(uri, event);
      }
    }
  }

  /** A call of a registry. */
  private interface Call {
    ObjectNode to(URI registry) throws Exception;
  }

  /** Alike but for these fields, which are there in both. */
  private static void assertAlike(List<URI> both, Call call, String... own) throws Exception {
    ObjectNode local = call.to(both.get(0));
    ObjectNode other = call.to(both.get(1));
    for (String field : own) {
      if (local.get("body") instanceof ObjectNode mine
          && other.get("body") instanceof ObjectNode theirs) {
        assertThat(mine.remove(field) == null)
            .as("%s: %s, %s", field, local, other)
            .isEqualTo(theirs.remove(field) == null);
      }
    }
    assertThat(local).isEqualTo(withoutDefaults(other));
  }

  /** What an answer of Confluent's own leaves out, and others spell. */
  private static ObjectNode withoutDefaults(ObjectNode answer) {
    if (answer.get("body") instanceof ObjectNode body) {
      if (body.path("schemaType").asText().equals("AVRO")) {
        body.remove("schemaType");
      }
      if (body.path("references").isArray() && body.path("references").isEmpty()) {
        body.remove("references");
      }
    }
    return answer;
  }

  private static void assertThatItIsReadByItsId(URI uri, String event) throws Exception {
    int id = answer(uri, event, eventPost(1)).at("/body/id").asInt();
    RegisteredSchema read =
        new SchemaRegistry(
                new RegistryConfig(uri, Duration.ofSeconds(30)),
                "sampler",
                new JobMeters(new SimpleMeterRegistry(), "job"))
            .schema(new SchemaId.Number(id));
    assertThat(read.type()).isEqualTo("AVRO");
    assertThat(read.references()).containsOnlyKeys("n.Card");
    Schema.Parser parser = new Schema.Parser();
    parser.parse(read.references().get("n.Card"));
    assertThat(parser.parse(read.text()).getField("card").schema().getFullName())
        .isEqualTo("n.Card");
    assertThat(answer(uri, "/schemas/ids/" + id + "/versions", null).get("body").toString())
        .contains(SUBJECT + "-event");
  }

  private static String eventPost(int version) {
    ObjectNode post = JSON.createObjectNode().put("schema", EVENT);
    post.putArray("references")
        .addObject()
        .put("name", "n.Card")
        .put("subject", SUBJECT + "-card")
        .put("version", version);
    return post.toString();
  }

  private static ObjectNode answer(URI registry, String path, @Nullable String posted)
      throws Exception {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(URI.create(registry + path)).header("Accept", "application/json");
    if (posted != null) {
      request
          .header("Content-Type", "application/vnd.schemaregistry.v1+json")
          .POST(HttpRequest.BodyPublishers.ofString(posted));
    }
    HttpResponse<String> answer =
        HttpClient.newHttpClient().send(request.build(), HttpResponse.BodyHandlers.ofString());
    JsonNode body = JSON.readTree(answer.body());
    return JSON.createObjectNode().put("status", answer.statusCode()).set("body", body);
  }
}
