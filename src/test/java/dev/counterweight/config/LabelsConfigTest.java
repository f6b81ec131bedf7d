package dev.counterweight.config;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.counterweight.event.EventDecoder;
import dev.counterweight.event.EventFormat;
import dev.counterweight.event.EventHead;
import dev.counterweight.event.EventRejectedException;
import dev.counterweight.event.EventSchema;
import dev.counterweight.event.EventTimeUnit;
import dev.counterweight.event.RawEvent;
import dev.counterweight.event.WriterSchemas;
import dev.counterweight.joining.JoinRules.Conflict;
import dev.counterweight.joining.JoinRules.Scope;
import dev.counterweight.protocol.InvariantException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class LabelsConfigTest {
  private static final SmallJob JOB =
      new SmallJob(
          "events.label",
          "events.classes=ok|fine,fraud",
          "events.features=amount",
          "labels.topic=chargebacks",
          "labels.label=outcome",
          "labels.wait=7d",
          "labels.state.dir=/var/lib/joiner");

  @TempDir private Path dir;

  private static LabelsConfig load(String... settings) {
    return Objects.requireNonNull(JOB.load(settings).labels());
  }

  @Test
  void theSmallestConfigurationGivesTheDocumentedDefaults() {
    LabelsConfig labels = load();

    assertThat(labels.events().topic()).isEqualTo("payments");
    assertThat(labels.events().schema().label()).isNull();
    assertThat(labels.events().schema().key()).isEqualTo("key:");
    assertThat(labels.labels().topic()).isEqualTo("chargebacks");
    assertThat(labels.labels().format()).isEqualTo(EventFormat.JSON);
    assertThat(labels.labels().schema().label()).isEqualTo("outcome");
    assertThat(labels.labels().schema().key()).isEqualTo("key:");
    assertThat(labels.labels().schema().time()).isNull();
    assertThat(labels.labels().schema().features().features()).isEmpty();
    assertThat(labels.labels().schema().synonyms()).isEqualTo(labels.events().schema().synonyms());
    assertThat(labels.waitMs()).isEqualTo(604_800_000);
    assertThat(labels.graceMs()).isEqualTo(60_000);
    assertThat(labels.correctForMs()).isZero();
    assertThat(labels.conflict()).isEqualTo(Conflict.FIRST);
    assertThat(labels.scope()).isEqualTo(Scope.ALL);
    assertThat(labels.missing()).isEqualTo(LabelsConfig.DROP);
    assertThat(labels.atEnd()).isEqualTo(LabelsConfig.AtEnd.KEEP);
    assertThat(labels.stateDir()).isEqualTo(Path.of("/var/lib/joiner"));
    assertThat(labels.retentionMs()).isEqualTo(604_800_000);
    assertThat(labels.repartition()).isFalse();
  }

  @Test
  void everyKeyIsRead() {
    LabelsConfig labels =
        load(
            "events.key=card.id",
            "events.time=at",
            "events.time.unit=s",
            "labels.format=csv",
            "labels.time=t",
            "labels.key=header:id",
            "labels.grace=4ms",
            "labels.missing=ok",
            "labels.conflict=priority",
            "labels.for=latest",
            "labels.at.end=expire",
            "labels.correct.for=2h",
            "labels.retention=1d",
            "labels.repartition=always");

    assertThat(labels.events().schema().key()).isEqualTo("card.id");
    assertThat(labels.labels().format()).isEqualTo(EventFormat.CSV);
    assertThat(labels.labels().schema().columns()).containsExactly("outcome", "t");
    assertThat(labels.labels().schema().key()).isEqualTo("header:id");
    assertThat(labels.labels().schema().timeUnit()).isEqualTo(EventTimeUnit.S);
    assertThat(labels.graceMs()).isEqualTo(4);
    assertThat(labels.missing()).isZero();
    assertThat(labels.conflict()).isEqualTo(Conflict.PRIORITY);
    assertThat(labels.scope()).isEqualTo(Scope.LATEST);
    assertThat(labels.atEnd()).isEqualTo(LabelsConfig.AtEnd.EXPIRE);
    assertThat(labels.correctForMs()).isEqualTo(7_200_000);
    assertThat(labels.retentionMs()).isEqualTo(86_400_000);
    assertThat(labels.repartition()).isTrue();
    assertThat(load("labels.time=t", "labels.time.unit=iso").labels().schema().timeUnit())
        .isEqualTo(EventTimeUnit.ISO);
    assertThat(load("labels.envelope=debezium").labels().schema().envelope())
        .isEqualTo(EventSchema.Envelope.DEBEZIUM);
    assertThat(load("events.unlabelled=skip").labels().schema().skipsUnlabelled()).isTrue();
  }

  @Test
  void counterAndSamplerReadTheLabelledEvents() {
    JobConfig config =
        JOB.load(
            "events.format=csv",
            "events.key=id",
            "events.time=at",
            "events.time.unit=s",
            "events.start=latest",
            "events.importance=worth",
            "feature.amount.missing=mean");

    EventSchema schema = config.events().schema();
    assertThat(config.events().topic()).isEqualTo("fraud.labelled");
    assertThat(config.events().labelled()).as("may be corrections").isTrue();
    assertThat(config.events().start()).isEqualTo(EventsConfig.Start.EARLIEST);
    assertThat(schema.label()).isEqualTo("header:cw.label");
    assertThat(schema.time()).isEqualTo("header:cw.event.time");
    assertThat(schema.timeUnit()).isEqualTo(EventTimeUnit.MS);
    assertThat(schema.key()).isNull();
    assertThat(schema.columns()).containsExactly("amount", "at", "worth", "id");
    assertThat(schema.features()).isEqualTo(config.sources().get(0).schema().features());
    assertThat(config.topics().events()).isEqualTo("fraud.labelled");
    assertThat(config.topics().joins()).isTrue();
    assertThat(config.topics().labelledRetentionMs()).isEqualTo(604_800_000);
    assertThat(config.sources())
        .extracting(EventsConfig::topic)
        .containsExactly("payments", "chargebacks");
  }

  @Test
  void aCorrectionReplacesAnotherOfTheClasses() throws EventRejectedException {
    EventDecoder decoder = JOB.load().events().decoder(WriterSchemas.NONE);
    assertThat(decoder.head(labelled("fraud", null)).replaces()).isEqualTo(EventHead.NEW);
    assertThat(decoder.head(labelled("fraud", "ok")).replaces()).isZero();
    for (String none : List.of("fraud", "odd")) {
      assertThatThrownBy(() -> decoder.head(labelled("fraud", none)))
          .isInstanceOf(InvariantException.class)
          .hasMessageContaining("header 'cw.replaces' of an event of class 'fraud'")
          .hasMessageContaining("expected another one of ok, fraud, found '%s'", none);
    }
  }

  private static RawEvent labelled(String label, @Nullable String replaces) {
    Map<String, String> headers =
        new HashMap<>(Map.of("cw.label", label, "cw.event.time", "1790000000000"));
    headers.put("cw.replaces", replaces);
    return new RawEvent(
        null,
        "{\"amount\":1}".getBytes(UTF_8),
        name -> headers.get(name) == null ? null : headers.get(name).getBytes(UTF_8),
        7);
  }

  @Test
  void withoutATopicOfTheirOwnNothingIsChanged() {
    Map<String, String> values = JOB.with("events.label=class");
    values.keySet().removeIf(key -> key.startsWith("labels."));

    JobConfig config = JobConfigLoader.load(values);

    assertThat(config.labels()).isNull();
    assertThat(config.events().labelled()).isFalse();
    assertThat(config.topics().joins()).isFalse();
    assertThat(config.sources()).containsExactly(config.events());
    assertThat(config.events().schema().key()).isNull();
  }

  @Test
  void theLabelsFieldIsRequiredInOneOfTheTwoTopics() {
    Map<String, String> values = JOB.with();
    values.keySet().removeIf(key -> key.startsWith("labels."));

    assertThat(
            catchThrowableOfType(InvalidConfigException.class, () -> JobConfigLoader.load(values))
                .problems())
        .singleElement()
        .asString()
        .startsWith("events.label is missing: ")
        .contains("labels.topic");
    assertThat(JOB.problems("events.label=class"))
        .containsExactly(
            "events.label=class: must not be set with labels.topic, which brings the labels: remove"
                + " it");
  }

  @ParameterizedTest
  @ValueSource(strings = {"labels.label", "labels.wait", "labels.state.dir"})
  void aTopicOfLabelsNeedsMore(String key) {
    assertThat(JOB.problems(key)).singleElement().asString().startsWith(key + " is missing: ");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "labels.topic       | payments     | must be another topic than events.topic",
        "labels.topic       | fraud.labelled | must not be a topic that job=fraud uses for itself",
        "labels.topic       | fraud.joiner-x-repartition | must not be a topic that job=fraud uses",
        "events.topic       | fraud.labelled | must not be a topic that job=fraud uses for itself",
        "labels.format      | xml          | must be one of json, csv",
        "labels.wait        | 0            | at least 1 ms",
        "labels.wait        | 7            | a duration such as",
        "labels.grace       | 3ms          | at least 4 ms",
        "labels.missing     | maybe        | must be drop or one of events.classes, [ok, fraud]",
        "labels.missing     | fine         | must be drop or one of events.classes, [ok, fraud]",
        "labels.conflict    | vote         | must be one of first, last, priority",
        "labels.for         | one          | must be one of all, latest",
        "labels.at.end      | drop         | must be one of keep, expire",
        "labels.correct.for | long         | a duration such as",
        "labels.retention   | 1m           | at least 3600000 ms",
        "labels.repartition | true         | must be one of auto, always",
        "labels.envelope    | wrapped      | must be one of none, debezium, connect",
        "labels.time        | outcome      | must be another field than labels.label",
        "labels.time.unit   | s            | has no effect without labels.time: remove it",
        "labels.schema.message | Label     | has no effect without labels.schema.file: remove it",
        "evaluation.predictions.topic | chargebacks | must not be the events topic or the labels'",
        "evaluation.predictions.topic | payments | must not be the events topic or the labels'",
      })
  void aRuleThatIsBrokenIsNamedWithKeyAndValue(String key, String value, String rule) {
    assertThat(JOB.problems(key + "=" + value))
        .singleElement()
        .asString()
        .startsWith(key + "=" + value)
        .contains(rule);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "labels.wait     | 1h",
        "labels.label    | outcome",
        "labels.grace    | 1h",
        "labels.conflict | last",
        "events.key      | id",
        "labels.schema.frame | none",
      })
  void aKeyWithoutATopicOfLabelsHasNoEffect(String key, String value) {
    Map<String, String> values = JOB.with("events.label=class");
    values.keySet().removeIf(name -> name.startsWith("labels."));
    values.put(key, value);

    assertThat(
            catchThrowableOfType(InvalidConfigException.class, () -> JobConfigLoader.load(values))
                .problems())
        .containsExactly(
            "%s=%s: has no effect without labels.topic: remove it".formatted(key, value));
  }

  @Test
  void correctionsNeedCountsThatFadeByTime() {
    assertThat(JOB.problems("labels.correct.for=1h", "counts.half.life=100000 events"))
        .singleElement()
        .asString()
        .startsWith("labels.correct.for=3600000 ms: must be 0 with counts.half.life in events");
    assertThat(load("labels.correct.for=1h", "counts.half.life=6h").correctForMs())
        .isEqualTo(3_600_000);
    assertThat(load("labels.correct.for=0", "counts.half.life=100000 events").correctForMs())
        .isZero();
  }

  @Test
  void aFormatWithoutNamesHasItsKeysElsewhere() {
    assertThat(JOB.problems("labels.format=float32", "labels.time=at", "labels.key=id"))
        .hasSize(2)
        .allSatisfy(problem -> assertThat(problem).contains("not float32, or key: or header:NAME"));
    assertThat(JOB.problems("labels.format=csv", "labels.key=key:id"))
        .singleElement()
        .asString()
        .startsWith("labels.key=key:id: a field within the key is for labels.format=json");
    assertThat(JOB.problems("events.format=csv", "labels.format=json", "events.key=key:id"))
        .singleElement()
        .asString()
        .contains("field 'key:id': a field within the key is for events.format=json");
    assertThat(JOB.problems("labels.format=csv", "labels.envelope=debezium"))
        .singleElement()
        .asString()
        .startsWith("labels.envelope=debezium: labels.format=csv has no such envelope");
    assertThat(JOB.problems("events.format=csv", "events.columns=amount,other", "events.key=id"))
        .singleElement()
        .asString()
        .contains("id is missing");
  }

  @Test
  void theSchemasOfLabelsAreTheRegistrysOrAFilesOfTheirOwn() throws Exception {
    Path file =
        Files.writeString(
            dir.resolve("label.avsc"),
            """
            {"type": "record", "name": "L", "fields": [{"name": "outcome", "type": "string"}]}
            """);
    String registry = "events.schema.registry=http://r:8081";

    assertThat(JOB.problems("labels.format=avro"))
        .containsExactly("labels.format=avro needs events.schema.registry or labels.schema.file");
    assertThat(JOB.problems("labels.schema.file=" + file))
        .containsExactly(
            "labels.schema.file is for avro or protobuf, not labels.format=json: remove it");
    assertThat(load("labels.format=avro", "labels.schema.file=" + file).labels().schemas().framed())
        .isFalse();
    LabelsConfig mixed = load(registry, "events.schema.frame=none", "labels.format=avro");
    assertThat(mixed.events().schemas().framed()).isFalse();
    assertThat(mixed.labels().schemas().framed()).isTrue();
    assertThat(mixed.labels().schemas().registry()).isNotNull();
    assertThat(load(registry).labels().schemas().framed()).isTrue();
    assertThat(load(registry, "labels.format=csv").labels().schemas().framed()).isFalse();
    assertThat(JOB.problems(registry, "labels.format=avro", "labels.schema.frame=none"))
        .singleElement()
        .asString()
        .startsWith("labels.schema.frame=none: events.schema.registry has no id");
  }

  @ParameterizedTest
  @CsvSource({
    "key:, key:, auto, 12, 4, 12",
    "id, key:, auto, 12, 4, 4",
    "key:, id, auto, 12, 4, 12",
    "id, id, auto, 12, 4, 12",
    "id, key:, always, 12, 4, 12",
  })
  void eventsAreJoinedInThePartitionsOfATopicThatIsReadAsItIs(
      String eventsKey, String labelsKey, String repartition, int events, int labels, int joined) {
    LabelsConfig config =
        load(
            "events.key=" + eventsKey,
            "labels.key=" + labelsKey,
            "labels.repartition=" + repartition);

    assertThat(config.joinPartitions(events, labels)).isEqualTo(joined);
  }
}
