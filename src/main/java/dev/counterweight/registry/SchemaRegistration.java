package dev.counterweight.registry;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.counterweight.config.RegistryConfig;
import dev.counterweight.protocol.FailureException;
import dev.counterweight.registry.RegistryCalls.Answer;
import dev.counterweight.registry.RegistryCalls.NoAnswerException;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;

/** Registers schemas, for those who write events. Thread-safe. */
public final class SchemaRegistration {
  private static final ObjectMapper JSON = new ObjectMapper();

  private final RegistryConfig config;
  private final RegistryCalls calls;

  public SchemaRegistration(RegistryConfig config) {
    this.config = config;
    this.calls = new RegistryCalls(config);
  }

  /**
   * Registers a version of a subject; one that is there already keeps its id.
   *
   * @param subject such as {@code payments-value}
   * @param type AVRO, PROTOBUF or JSON
   * @return the schema's id
   * @throws FailureException if the registry does not answer, or refuses it
   */
  public int register(String subject, String type, String schema) {
    ObjectNode body = JSON.createObjectNode().put("schema", schema);
    if (!type.equals("AVRO")) {
      body.put("schemaType", type);
    }
    Answer answer;
    try {
      answer =
          calls.post(
              "/subjects/" + URLEncoder.encode(subject, StandardCharsets.UTF_8) + "/versions",
              body.toString());
    } catch (NoAnswerException e) {
      throw new FailureException(
          "the schema registry %s did not register '%s': %s"
              .formatted(config.url(), subject, e.getMessage()),
          e);
    }
    if (!answer.ok() || !answer.body().path("id").isInt()) {
      throw new FailureException(
          "the schema registry %s does not take the schema of '%s': %s"
              .formatted(
                  config.url(), subject, answer.body().path("message").asText("no reason given")));
    }
    return answer.body().path("id").asInt();
  }
}
