package dev.counterweight.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.counterweight.demo.SharedBroker;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Events as people have them, which a plain job refuses: check names the key that mends it. */
class CheckMendsIT {
  @TempDir Path folder;

  /**
   * A topic that is refused.
   *
   * @param settings of the job beyond features a and b, label outcome and classes ok and fraud
   * @param group how the largest group of refused events is named
   * @param mend what is offered for it; where it begins with "set ", the check is well with it
   */
  private record Case(
      String name, List<String> settings, List<String> events, String group, String mend) {
    @Override
    public String toString() {
      return name;
    }
  }

  static Stream<Case> cases() {
    return Stream.of(
        json(
            "nested",
            "2 missing_feature of 'a'",
            "set feature.a.path=tx.a and feature.b.path=tx.b",
            NESTED,
            NESTED),
        json(
            "framed",
            "1 malformed",
            "set events.schema.frame=confluent",
            "\0\0\0\0\7" + event("1", "2")),
        json(
            "a change with nulls",
            "2 missing_label",
            "set events.envelope=debezium and feature.b.missing=mean",
            "{\"before\":null,\"after\":" + event("1", "null") + ",\"op\":\"c\"}",
            "{\"before\":null,\"after\":" + event("2", "null") + ",\"op\":\"u\"}"),
        json(
            "labels none of which is listed",
            "3 unknown_label",
            "set events.classes=0,1",
            event("1", "2", "1"),
            event("1", "2", "0"),
            event("2", "2", "0")),
        json(
            "null",
            "1 missing_feature of 'b'",
            "set feature.b.missing=mean",
            event("1", "2"),
            event("1", "null")),
        json(
            "nan",
            "1 missing_feature of 'b'",
            "set feature.b.missing=mean",
            event("1", "2"),
            event("1", "NaN")),
        json(
            "word",
            "2 bad_feature of 'b'",
            "set feature.b.type=category",
            event("1", "\"DE\""),
            event("2", "\"US\"")),
        json(
            "array",
            "2 bad_feature of 'b'",
            "set feature.b.type=categories",
            event("1", "[\"x\",\"y\"]"),
            event("2", "[\"z\"]")),
        json(
            "moment",
            "2 bad_feature of 'b'",
            "set feature.b.type=time",
            event("1", "\"2026-09-21T13:00:00Z\""),
            event("2", "\"2026-09-21T14:00:00Z\"")),
        json(
            "debezium",
            "2 missing_label",
            "set events.envelope=debezium",
            "{\"before\":null,\"after\":" + event("1", "2") + ",\"op\":\"c\"}",
            "{\"before\":null,\"after\":" + event("2", "3") + ",\"op\":\"u\"}"),
        json(
            "connect",
            "2 missing_label",
            "set events.envelope=connect",
            "{\"schema\":{\"type\":\"struct\"},\"payload\":" + event("1", "2") + "}",
            "{\"schema\":{\"type\":\"struct\"},\"payload\":" + event("2", "3") + "}"),
        json(
            "unlabelled",
            "2 missing_label",
            "set events.unlabelled=skip",
            event("1", "2"),
            "{\"a\":1,\"b\":2}",
            "{\"a\":1,\"b\":2,\"outcome\":null}"),
        json(
            "a label that no event has",
            "2 missing_label",
            "events.label=FIELD where the class stands: no event of the sample has one at"
                + " 'verdict'",
            List.of("events.label=verdict"),
            event("1", "2"),
            event("1", "3")),
        json(
            "a word among numbers",
            "1 bad_feature of 'b'",
            "the producer: 'b' is a number in the other events",
            Stream.concat(
                    IntStream.range(0, 19).mapToObj(i -> event("1", "\"" + i + "\"")),
                    Stream.of(event("1", "\"abc\"")))
                .toArray(String[]::new)),
        json(
            "label elsewhere",
            "1 missing_label",
            "set events.label=verdict.outcome",
            "{\"a\":1,\"b\":2,\"verdict\":{\"outcome\":\"ok\"}}"),
        json(
            "capitals",
            "2 unknown_label",
            "set events.classes=ok|OK,fraud|Fraud",
            event("1", "2", "\"OK\""),
            event("1", "2", "\"Fraud\"")),
        json(
            "a letter and its accent apart",
            "1 unknown_label",
            "set events.classes=ok,refus\u00e9|refuse\u0301",
            List.of("events.classes=ok,refus\u00e9"),
            event("1", "2", "\"refuse\u0301\"")),
        json(
            "labels that are texts of floats",
            "2 unknown_label",
            "set events.classes=0|0.0,1|1.0",
            List.of("events.classes=0,1"),
            event("1", "2", "\"0.0\""),
            event("1", "2", "\"1.0\"")),
        json(
            "labels that are flags",
            "2 unknown_label",
            "set events.classes=0|false,1|true",
            List.of("events.classes=0,1"),
            event("1", "2", "true"),
            event("1", "2", "false")),
        json(
            "another word",
            "1 unknown_label",
            "chargeback in events.classes behind a | of the class that it means, such as"
                + " fraud|chargeback",
            event("1", "2"),
            event("1", "2", "\"chargeback\"")),
        json(
            "seconds",
            "1 bad_time",
            "set events.time.unit=s",
            List.of("events.time=ts"),
            "{\"a\":1,\"b\":2,\"outcome\":\"ok\",\"ts\":1790000000}"),
        json(
            "encoded twice",
            "1 malformed",
            "the producer: each value is JSON within a JSON text",
            "\"{\\\"a\\\": 1, \\\"b\\\": 2, \\\"outcome\\\": \\\"ok\\\"}\""),
        json(
            "rows of csv", "3 malformed", "set events.format=csv", "1,2,ok", "3,4,fraud", "5,6,ok"),
        new Case(
            "semicolons",
            List.of("events.format=csv"),
            List.of("0,98;-1,39;ok", "-1,09;0,03;ok", "0,11;-0,43;fraud"),
            "3 unknown_label",
            "the producer: the fields are separated by ';'"));
  }

  private static final String NESTED = "{\"tx\":{\"a\":1,\"b\":2},\"outcome\":\"ok\"}";

  @ParameterizedTest
  @MethodSource("cases")
  void whatIsRefusedIsGroupedWithTheKeyThatMendsIt(Case topic) throws IOException {
    String events = SharedBroker.createTopic(SharedBroker.uniqueName("events"), 1);
    send(events, topic.events());

    String told = check(1, events, topic.settings());

    assertThat(told).contains("      " + topic.group() + ": partition 0, offset ");
    assertThat(told).contains("  mend: " + topic.mend());
    assertThat(told).contains("  value: ");
    if (topic.mend().startsWith("set ")) {
      List<String> mended = new ArrayList<>(topic.settings());
      mended.addAll(Arrays.asList(topic.mend().substring("set ".length()).split(" and ")));
      check(0, events, mended);
    }
  }

  @Test
  void ofManyGroupsTheLargestAreShown() throws IOException {
    String events = SharedBroker.createTopic(SharedBroker.uniqueName("events"), 1);
    List<String> features = new ArrayList<>();
    List<String> sent = new ArrayList<>();
    for (int f = 0; f < 20; f++) {
      features.add("f" + f);
      StringBuilder event = new StringBuilder("{\"outcome\":\"ok\"");
      for (int other = 0; other < 20; other++) {
        event.append(other == f ? "" : ",\"f" + other + "\":1");
      }
      sent.add(event.append('}').toString());
    }
    sent.add(sent.get(19));
    send(events, sent);

    String told = check(1, events, List.of("events.features=" + String.join(",", features)));

    assertThat(told).contains("2 missing_feature of 'f19': partition 0, offset 19");
    assertThat(told).contains("8 more in 8 groups");
    assertThat(told.lines().filter(line -> line.contains("  mend: "))).hasSize(12);
  }

  @Test
  void aNameWithADotThatIsAlsoAPathIsTold() throws IOException {
    String events = SharedBroker.createTopic(SharedBroker.uniqueName("events"), 1);
    send(
        events, List.of("{\"t.a\":1,\"t\":{\"a\":2},\"b\":1,\"outcome\":\"ok\"}", event("1", "2")));

    String told = check(1, events, List.of("events.features=t.a,b"));

    assertThat(told).contains("note  events: 't.a': some events have a field of this whole name");
  }

  @Test
  void whatIsPassedOverIsNoFailure() throws IOException {
    String events = SharedBroker.createTopic(SharedBroker.uniqueName("events"), 1);
    send(events, List.of(event("1", "2"), "{\"a\":1,\"b\":2}"));

    assertThat(check(0, events, List.of("events.unlabelled=skip")))
        .contains("1 of the newest read, 0 would be dead letters")
        .contains("1 without a label are passed over, as events.unlabelled=skip says");
  }

  @Test
  void aLabelThatNoEventHasIsWrongAlsoWhereEventsWithoutOneArePassedOver() throws IOException {
    String events = SharedBroker.createTopic(SharedBroker.uniqueName("events"), 1);
    send(events, List.of(event("1", "2"), event("1", "3")));

    assertThat(check(1, events, List.of("events.unlabelled=skip", "events.label=verdict")))
        .contains("WRONG events: 2 of 2 have no label at 'verdict', and none has a class");
  }

  private static Case json(String name, String group, String mend, String... events) {
    return json(name, group, mend, List.of(), events);
  }

  private static Case json(
      String name, String group, String mend, List<String> settings, String... events) {
    return new Case(name, settings, List.of(events), group, mend);
  }

  private static String event(String a, String b) {
    return event(a, b, "\"ok\"");
  }

  private static String event(String a, String b, String outcome) {
    return "{\"a\":%s,\"b\":%s,\"outcome\":%s}".formatted(a, b, outcome);
  }

  private static void send(String topic, List<String> values) {
    try (KafkaProducer<byte[], byte[]> producer = SharedBroker.producer(Map.of())) {
      values.forEach(value -> producer.send(new ProducerRecord<>(topic, value.getBytes(UTF_8))));
    }
  }

  private String check(int code, String topic, List<String> settings) throws IOException {
    Path config =
        Files.write(
            folder.resolve("job.properties"),
            List.of(
                "job=" + SharedBroker.uniqueName("job"),
                "bootstrap.servers=" + SharedBroker.bootstrapServers(),
                "events.topic=" + topic,
                "events.label=outcome",
                "events.classes=ok,fraud",
                "events.features=a,b",
                "device=cpu",
                "model.hidden=4",
                "checkpoint.dir=" + folder.resolve("checkpoints"),
                "metrics.port=0"));
    List<String> args = new ArrayList<>(List.of("check", "--config", config.toString()));
    settings.forEach(setting -> args.addAll(List.of("--set", setting)));
    Outcome checked = Outcome.of(args);
    assertThat(checked.code()).as("%s", checked.text()).isEqualTo(code);
    return checked.text();
  }
}
