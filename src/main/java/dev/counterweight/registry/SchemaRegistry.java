package dev.counterweight.registry;

import com.fasterxml.jackson.databind.JsonNode;
import dev.counterweight.config.JobConfig;
import dev.counterweight.config.RegistryConfig;
import dev.counterweight.event.EventRejectedException;
import dev.counterweight.event.EventRejectedException.Reason;
import dev.counterweight.event.RegisteredSchema;
import dev.counterweight.event.SchemaId;
import dev.counterweight.event.SchemaUnavailableException;
import dev.counterweight.event.WriterSchemas;
import dev.counterweight.kafka.Outage;
import dev.counterweight.protocol.FailureException;
import dev.counterweight.registry.RegistryCalls.Answer;
import dev.counterweight.registry.RegistryCalls.NoAnswerException;
import dev.counterweight.runtime.JobMeters;
import dev.counterweight.runtime.RoleContext;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.LoggerFactory;

/**
 * The schemas of a registry with Confluent's REST API. Asked for once each and kept, up to {@value
 * #MOST_SCHEMAS} and {@value #MOST_CHARS} characters of them, those used last; one that the
 * registry does not know is asked for again after a second, then more seldom, at most every half a
 * minute: a registry of several servers may hear of a new one somewhat later than events have it.
 *
 * <p>While it does not answer, it is asked again after 100 ms, then more seldom, at most every two
 * seconds, and whoever asks in between is told at once that it is away. Thread-safe.
 */
public final class SchemaRegistry implements WriterSchemas {
  static final int MOST_SCHEMAS = 1_000;
  static final long MOST_CHARS = 64 << 20;

  /** For how long an id that is not known is not asked for again, at first and at most. */
  static final Duration UNKNOWN_FOR = Duration.ofSeconds(1);

  static final Duration UNKNOWN_FOR_AT_MOST = Duration.ofSeconds(30);

  private static final int MOST_REFERENCES = 200;

  private final RegistryConfig config;
  private final RegistryCalls calls;
  private final LongSupplier nanos;
  private final Outage outage;
  private final Counter found;
  private final Counter unknown;
  private final Counter unanswered;
  private final Map<SchemaId, RegisteredSchema> kept = new LinkedHashMap<>(16, 0.75f, true);
  private final Map<SchemaId, Unknown> unknowns = new LinkedHashMap<>();
  private long keptChars;
  private long askAgainNs;
  private @Nullable SchemaUnavailableException away;

  /** For how long an id is not asked for again, and until when. */
  private record Unknown(Duration pause, long untilNs) {}

  /** Why a schema is of no use, as the registry has it. */
  private static final class UnknownException extends Exception {
    private static final long serialVersionUID = 1L;

    UnknownException(String message) {
      super(message, null, false, false);
    }
  }

  /**
   * @param role that asks, for meters
   * @throws FailureException if the trust or key stores cannot be used
   */
  public SchemaRegistry(RegistryConfig config, String role, JobMeters meters) {
    this(config, role, meters, System::nanoTime);
  }

  /**
   * @param nanos such as {@link System#nanoTime}
   */
  SchemaRegistry(RegistryConfig config, String role, JobMeters meters, LongSupplier nanos) {
    this.config = config;
    this.calls = new RegistryCalls(config);
    this.nanos = nanos;
    this.outage =
        new Outage(LoggerFactory.getLogger(SchemaRegistry.class), "the schema registry", nanos);
    this.found = meters.counter(RegistryMetric.REQUESTS, role, "found");
    this.unknown = meters.counter(RegistryMetric.REQUESTS, role, "unknown");
    this.unanswered = meters.counter(RegistryMetric.REQUESTS, role, "no-answer");
    meters.gauge(RegistryMetric.AWAY, () -> outage.lasted().toMillis() / 1e3, role);
  }

  /**
   * The schemas of a role's events, if they have a registry; the role's status tells when it does
   * not answer.
   *
   * @throws FailureException if the trust or key stores cannot be used
   */
  public static WriterSchemas of(
      JobConfig config, String role, MeterRegistry meters, RoleContext context) {
    RegistryConfig registry = config.events().schemas().registry();
    if (registry == null) {
      return WriterSchemas.NONE;
    }
    SchemaRegistry schemas =
        new SchemaRegistry(registry, role, new JobMeters(meters, config.job()));
    context.waitsFor(schemas::waiting);
    return schemas;
  }

  /** What is waited for, in words for a status; empty while the registry answers. */
  public Optional<String> waiting() {
    return outage.waiting();
  }

  /**
   * {@inheritDoc}
   *
   * @throws FailureException if the registry refuses the credentials
   */
  @Override
  public synchronized RegisteredSchema schema(SchemaId id) throws EventRejectedException {
    RegisteredSchema known = kept.get(id);
    if (known != null) {
      return known;
    }
    requireMayBeKnown(id);
    long askedNs = nanos.getAsLong();
    SchemaUnavailableException before = away;
    if (before != null && askedNs - askAgainNs < 0) {
      throw before;
    }
    try {
      RegisteredSchema schema = read(id);
      answered(found);
      keep(id, schema);
      return schema;
    } catch (UnknownException e) {
      answered(unknown);
      forget(id);
      throw rejected(id, e.getMessage());
    } catch (NoAnswerException e) {
      unanswered.increment();
      String why = String.valueOf(e.getMessage());
      Duration wait = outage.noted("read events of schema " + id, why, askedNs);
      askAgainNs = nanos.getAsLong() + wait.toNanos();
      away =
          new SchemaUnavailableException(
              "the schema registry does not answer, which must tell schema " + id + ": " + why);
      throw away;
    }
  }

  private void answered(Counter outcome) {
    outcome.increment();
    outage.over();
    away = null;
  }

  private void requireMayBeKnown(SchemaId id) throws EventRejectedException {
    if (id instanceof SchemaId.Number number && number.id() < 0) {
      throw rejected(id, "is negative, which no id is");
    }
    Unknown before = unknowns.get(id);
    if (before != null && nanos.getAsLong() - before.untilNs() < 0) {
      throw rejected(id, unknownWords());
    }
  }

  private static EventRejectedException rejected(SchemaId id, @Nullable String why) {
    return new EventRejectedException(Reason.UNKNOWN_SCHEMA, "schema " + id + " " + why);
  }

  private String unknownWords() {
    return "is not known to the registry " + config.url();
  }

  private void keep(SchemaId id, RegisteredSchema schema) {
    unknowns.remove(id);
    kept.put(id, schema);
    keptChars += chars(schema);
    var oldest = kept.entrySet().iterator();
    while (kept.size() > MOST_SCHEMAS || keptChars > MOST_CHARS && kept.size() > 1) {
      keptChars -= chars(oldest.next().getValue());
      oldest.remove();
    }
  }

  private static long chars(RegisteredSchema schema) {
    return schema.text().length()
        + schema.references().values().stream().mapToLong(String::length).sum();
  }

  private void forget(SchemaId id) {
    Unknown before = unknowns.remove(id);
    Duration wait = before == null ? UNKNOWN_FOR : before.pause().multipliedBy(2);
    if (wait.compareTo(UNKNOWN_FOR_AT_MOST) > 0) {
      wait = UNKNOWN_FOR_AT_MOST;
    }
    unknowns.put(id, new Unknown(wait, nanos.getAsLong() + wait.toNanos()));
    if (unknowns.size() > MOST_SCHEMAS) {
      unknowns.remove(unknowns.keySet().iterator().next());
    }
  }

  private RegisteredSchema read(SchemaId id) throws NoAnswerException, UnknownException {
    JsonNode schema =
        ask(
            id instanceof SchemaId.Guid guid
                ? "/schemas/guids/" + guid.guid()
                : "/schemas/ids/" + ((SchemaId.Number) id).id(),
            unknownWords());
    Map<String, String> references = new LinkedHashMap<>();
    addReferences(schema, references, new LinkedHashSet<>());
    // Schemas of Avro have no type there.
    String type = schema.path("schemaType").asText("AVRO");
    return new RegisteredSchema(type, schema.path("schema").textValue(), references);
  }

  /** Adds the schemas that one refers to, each behind those that it needs itself. */
  private void addReferences(JsonNode schema, Map<String, String> to, Set<String> seen)
      throws NoAnswerException, UnknownException {
    for (JsonNode reference : schema.path("references")) {
      String name = reference.path("name").asText();
      String subject = reference.path("subject").asText();
      String path =
          "/subjects/%s/versions/%d"
              .formatted(
                  URLEncoder.encode(subject, StandardCharsets.UTF_8).replace("+", "%20"),
                  reference.path("version").asInt());
      if (!seen.add(name + " " + path)) {
        continue;
      }
      if (seen.size() > MOST_REFERENCES) {
        throw new UnknownException("refers to more than " + MOST_REFERENCES + " others");
      }
      // Those that were deleted are still referred to.
      JsonNode referred =
          ask(
              path + "?deleted=true",
              "refers to %s of subject %s, which the registry %s does not know"
                  .formatted(name, subject, config.url()));
      addReferences(referred, to, seen);
      to.put(name, referred.path("schema").textValue());
    }
  }

  private JsonNode ask(String path, String unknownWords)
      throws NoAnswerException, UnknownException {
    Answer answer = calls.get(path);
    if (answer.ok() && answer.body().path("schema").isTextual()) {
      return answer.body();
    }
    if (answer.ok()) {
      throw new NoAnswerException(config.url() + path + " answers without a schema");
    }
    // Not any page's 404: a wrong URL must not make a dead letter of every event.
    if (answer.unknown() || calls.get("/schemas/types").body().isArray()) {
      throw new UnknownException(unknownWords);
    }
    throw new NoAnswerException(
        config.url()
            + path
            + " says 404: is that the base URL of a registry with Confluent's REST API?");
  }
}
