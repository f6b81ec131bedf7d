package dev.counterweight.config;

import dev.counterweight.event.EventFormat;
import dev.counterweight.event.SchemaOrigin;
import dev.counterweight.event.SchemaOrigin.SchemaFile;
import dev.counterweight.protocol.KebabCase;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** The keys of what events were written by: a schema registry, or a file. */
final class SchemaKeys {
  static final KeyGroup KEYS = new KeyGroup("Schemas of events");

  private static final long MAX_FILE_BYTES = 16 << 20;

  /** How values are framed. */
  enum Framing {
    AUTO,
    NONE,
    CONFLUENT
  }

  private static final Key<URI> REGISTRY =
      KEYS.optional("events.schema.registry", url())
          .means(
              "Base URL of a schema registry with Confluent's REST API, such as"
                  + " http://localhost:8081, or http://HOST:8080/apis/ccompat/v7 of Apicurio's:"
                  + " the schemas of avro and protobuf are asked there, by the ids that their"
                  + " frames name. A registry that does not answer is waited for; 1,000 schemas are"
                  + " kept, those used last.");
  private static final Key<Framing> FRAME =
      KEYS.key("events.schema.frame", "auto", Form.oneOf(Framing.class))
          .means(
              "confluent: a frame names the schema, byte 0 and an id of 4 bytes in front of each"
                  + " value, JSON too, or a GUID in header __value_schema_id. none: plain values."
                  + " auto: confluent where events.schema.registry is set, else none.");
  private static final Key<SchemaFile> FILE =
      KEYS.optional("events.schema.file", file())
          .means(
              "File with the schema of all events, instead of a registry: .avsc for avro, .proto or"
                  + " a descriptor set for protobuf. What a frame says is passed over then.");
  private static final Key<String> MESSAGE =
      KEYS.optional("events.schema.message", Form.text())
          .means(
              "For events.format=protobuf: the message that an event is, where events.schema.file"
                  + " has several.");
  private static final Key<Long> TIMEOUT =
      KEYS.key("events.schema.registry.timeout", "5s", Amount.DURATION.between(100, 30_000))
          .means("How long the registry may take to answer before it is asked again.");
  private static final Key<String> USER =
      KEYS.optional("events.schema.registry.user", Form.text())
          .means("User for basic authentication at the registry.");
  private static final Key<String> PASSWORD =
      KEYS.optional("events.schema.registry.password", Form.text())
          .means("That user's password: ${file:PATH:KEY} keeps it out of the job's file.");
  private static final Key<String> TOKEN =
      KEYS.optional("events.schema.registry.token", Form.text())
          .means("Token for bearer authentication at the registry, instead of a user.");

  /** Under Kafka's own names, which the client gives to Kafka's own reader of them. */
  private static final List<Key<String>> SSL =
      List.of(
          ssl("truststore.location", "Certificates that the registry's is checked by: a file"),
          ssl("truststore.type", "JKS (unless it is set), PKCS12 or PEM"),
          ssl("truststore.password", "Password of that file; a PEM file has none"),
          ssl("truststore.certificates", "The same as PEM text, instead of a file"),
          ssl("keystore.location", "Key and certificate shown to the registry (mTLS): a file"),
          ssl("keystore.type", "JKS (unless it is set), PKCS12 or PEM"),
          ssl("keystore.password", "Password of that file; a PEM file has none"),
          ssl("keystore.certificate.chain", "The certificates as PEM text, instead of a file"),
          ssl("keystore.key", "The key as PEM text, instead of a file"),
          ssl("key.password", "Password of the key"));

  private SchemaKeys() {}

  private static Key<String> ssl(String name, String meaning) {
    return KEYS.optional("events.schema.registry.ssl." + name, Form.text())
        .means(meaning + "; as Kafka's ssl." + name + ".");
  }

  static SchemaConfig read(Values v) {
    @Nullable URI url = v.find(REGISTRY).orElse(null);
    @Nullable SchemaFile file = v.find(FILE).orElse(null);
    Framing framing = v.get(FRAME);
    return new SchemaConfig(
        url == null ? null : registry(url, v),
        file == null ? null : new SchemaFile(file.name(), file.bytes(), message(v)),
        framing == Framing.CONFLUENT || framing == Framing.AUTO && url != null);
  }

  private static @Nullable String message(Values v) {
    return v.find(MESSAGE).orElse(null);
  }

  private static RegistryConfig registry(URI url, Values v) {
    Map<String, String> ssl = new TreeMap<>();
    for (Key<String> key : SSL) {
      v.find(key)
          .ifPresent(value -> ssl.put(key.name().substring(key.name().indexOf("ssl.")), value));
    }
    return new RegistryConfig(
        url,
        v.find(USER).orElse(null),
        v.find(PASSWORD).orElse(null),
        v.find(TOKEN).orElse(null),
        Duration.ofMillis(v.get(TIMEOUT)),
        ssl);
  }

  /** Looks at the rules between the keys; values, secrets among them, are not shown. */
  static void check(Values v, EventsConfig events, Problems problems) {
    EventFormat format = events.format();
    SchemaConfig schemas = events.schemas();
    int before = problems.count();
    boolean binary = format.needsSchema();
    if (binary && schemas.registry() == null && schemas.file() == null) {
      problems.add("events.format=%s needs %s or %s", name(format), REGISTRY, FILE);
    }
    if (schemas.registry() != null && schemas.file() != null) {
      problems.add(REGISTRY + " and " + FILE + ": set one of them");
    }
    if (binary && schemas.registry() != null && !schemas.framed()) {
      problems.add(
          FRAME + "=none: " + REGISTRY + " has no id to look up then: set " + FILE + " instead");
    }
    if (!binary && schemas.file() != null) {
      problems.add(FILE + " is for events.format=avro or protobuf: remove it");
    }
    if (!binary && format != EventFormat.JSON && schemas.framed()) {
      problems.add(
          "events.format=%s has no frames: remove %s and %s", name(format), REGISTRY, FRAME);
    }
    v.find(MESSAGE)
        .filter(message -> !name(format).equals("protobuf"))
        .ifPresent(m -> problems.add(MESSAGE + " is for events.format=protobuf: remove it"));
    access(v, problems);
    if (problems.count() == before) {
      requireReadable(FILE, events, problems);
    }
  }

  /**
   * Demands of the file of a topic's schemas, if there is one, that values are read by it.
   *
   * @param key that names the file
   */
  static void requireReadable(Key<SchemaFile> key, EventsConfig topic, Problems problems) {
    SchemaFile file = topic.schemas().file();
    if (file == null) {
      return;
    }
    try {
      topic.format().decoder(topic.schema(), topic.maxBytes(), SchemaOrigin.of(file));
    } catch (IllegalArgumentException e) {
      problems.add("%s=%s: %s", key, file.name(), e.getMessage());
    }
  }

  private static void access(Values v, Problems problems) {
    List<Key<?>> all = new ArrayList<>(SSL);
    all.addAll(List.of(USER, PASSWORD, TOKEN));
    for (Key<?> key : all) {
      if (v.find(REGISTRY).isEmpty() && v.find(key).isPresent()) {
        problems.add(key + " has no effect without " + REGISTRY + ": remove it");
      }
    }
    if (v.find(USER).isPresent() != v.find(PASSWORD).isPresent()) {
      problems.add(USER + " and " + PASSWORD + " go together: one of them is missing");
    }
    if (v.find(USER).isPresent() && v.find(TOKEN).isPresent()) {
      problems.add(USER + " and " + TOKEN + ": set one of them");
    }
  }

  private static String name(EventFormat format) {
    return KebabCase.of(format);
  }

  private static Form<URI> url() {
    return Form.parsed(
            "an http or https URL without user, query and fragment (events.schema.registry.user"
                + " names a user)",
            URI::create)
        .where(
            url ->
                ("http".equals(url.getScheme()) || "https".equals(url.getScheme()))
                    && url.getHost() != null
                    && url.getUserInfo() == null
                    && url.getQuery() == null
                    && url.getFragment() == null)
        .as(url -> URI.create(url.toString().replaceAll("/+$", "")));
  }

  static Form<SchemaFile> file() {
    return Form.of(
        "a file that can be read, of at most 16 MiB",
        text -> {
          try {
            Path path = Path.of(text);
            return Files.size(path) > MAX_FILE_BYTES
                ? Optional.empty()
                : Optional.of(new SchemaFile(path.toString(), Files.readAllBytes(path), null));
          } catch (IOException | InvalidPathException e) {
            return Optional.empty();
          }
        });
  }
}
