package dev.counterweight.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.counterweight.config.KafkaConfig;
import dev.counterweight.demo.SharedBroker;
import dev.counterweight.kafka.KafkaClients;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;
import java.util.stream.LongStream;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(120)
class InitCommandIT {
  @TempDir Path folder;
  private InitTopic topic = new InitTopic(Path.of(""));

  @BeforeEach
  void nameTheTopic() {
    topic = new InitTopic(folder);
  }

  @Test
  void aFlatTopicsFileRunsAsItIs() throws IOException {
    topic.send(
        i -> "{'a':%d.5,'b':%d,'outcome':'%s'}".formatted(i % 97, i % 89, InitTopic.label(i)));

    assertThat(topic.init()).as(topic.err()).isZero();

    assertThat(topic.written())
        .containsEntry("events.format", "json")
        .containsEntry("events.label", "outcome")
        .containsEntry("events.classes", "ok,fraud")
        .containsEntry("events.features", "a,b");
    assertThat(topic.out())
        .contains("# In the sample: ok 1,462 (97 %), fraud 38 (2.5 %).")
        .contains("# a: number; 0.5 to 96.5, mean 47.72");
    topic.runsAsWritten();
  }

  @Test
  void aNestedTopicsFileRunsAsItIs() throws IOException {
    topic.send(
        i ->
            """
            {'id':'%s','card':{'country':'C%d','limit':'%d.5'%s},'items':[{'price':%d.25,'sku':'S%d'}],
             'tags':[%s],'new':%b,'mcc':%d,'opened_at':'2026-0%d-01T10:00:00Z','event_time':%d,
             'currency':'EUR','label':%s}
            """
                .formatted(
                    new UUID(i, i),
                    i % 30,
                    i % 50,
                    i % 5 == 0 ? "" : ",'age':" + i % 60,
                    i % 70,
                    i % 9,
                    i % 4 == 0 ? "" : "'t" + i % 6 + "','x'",
                    i % 3 == 0,
                    5000 + i % 12,
                    1 + i % 9,
                    1_790_000_000_000L + 1000 * i,
                    i % 10 == 9
                        ? null
                        : i % 40 == 0 ? "'Fraud'" : i % 80 == 41 ? "'fraud'" : "'ok'"));

    assertThat(topic.init()).as(topic.err()).isZero();

    assertThat(topic.written())
        .containsEntry("events.time", "event_time")
        .containsEntry("events.time.unit", "ms")
        .containsEntry("events.classes", "ok,Fraud|fraud")
        .containsEntry("events.unlabelled", "skip")
        .containsEntry(
            "events.features",
            "card.country,card.limit,card.age,items[0].price,items[0].sku,tags,new,mcc,opened_at")
        .containsEntry("feature.card.country.type", "category")
        .containsEntry("feature.card.country.buckets", "128")
        .containsEntry("feature.card.age.missing", "mean")
        .containsEntry("feature.tags.type", "categories")
        .containsEntry("feature.tags.missing", "mean")
        .containsEntry("feature.opened_at.type", "time");
    assertThat(topic.out())
        .contains("#   id: holds UUIDs, most in one event alone: about 1,5")
        .contains("#   currency: is the same in every event: \"EUR\"")
        .contains("# 10 % of the events have no label: they are passed over");
    topic.runsAsWritten();
  }

  @Test
  void aDebeziumTopicsFileRunsAsItIs() throws IOException {
    topic.send(
        i ->
            i % 100 == 99
                ? "{'before':{'a':1},'after':null,'op':'d','ts_ms':1700000000000}"
                : "{'before':null,'after':{'a':%d.5,'kind':'k%d','is_fraud':%d},'op':'c','ts_ms':%d}"
                    .formatted(i % 97, i % 7, i % 40 == 0 ? 1 : 0, 1_700_000_000_000L + i));

    assertThat(topic.init()).as(topic.err()).isZero();

    assertThat(topic.written())
        .containsEntry("events.envelope", "debezium")
        .containsEntry("events.label", "is_fraud")
        .containsEntry("events.features", "a,kind");
    topic.runsAsWritten();
  }

  @Test
  void aCsvTopicsFileRunsAsItIs() throws IOException {
    topic.send(
        i ->
            "%d, C%d,%s,%s".formatted(i % 97, i % 8, i % 6 == 0 ? "" : i % 50, InitTopic.label(i)));

    assertThat(topic.init("--set", "events.columns=amount,country,age,outcome"))
        .as(topic.err())
        .isZero();

    assertThat(topic.written())
        .containsEntry("events.format", "csv")
        .containsEntry("events.label", "outcome")
        .containsEntry("feature.country.type", "category")
        .containsEntry("feature.age.missing", "mean");
    topic.runsAsWritten();
  }

  @Test
  void aFramedJsonTopicsFileRunsAsItIs() throws IOException {
    topic.send(
        i ->
            "\0\0\0\0\7{'a':%d.5,'kind':'k%d','label':'%s'}"
                .formatted(i % 97, i % 7, InitTopic.label(i)));

    assertThat(topic.init()).as(topic.err()).isZero();

    assertThat(topic.written())
        .containsEntry("events.format", "json")
        .containsEntry("events.schema.frame", "confluent");
    topic.runsAsWritten();
  }

  @Test
  void aFloat32TopicsFileRunsAsItIsWithNumbersForNames() throws IOException {
    topic.sendBytes(
        i ->
            ByteBuffer.allocate(12)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putFloat(i % 97 / 7f)
                .putFloat(-(i % 13))
                .putFloat(i % 40 == 0 ? 0 : 2)
                .array());

    assertThat(topic.init()).as(topic.err()).isZero();

    assertThat(topic.written())
        .containsEntry("events.format", "float32")
        .containsEntry("events.classes", "0,1,2")
        .containsEntry("events.features", "f1,f2");
    assertThat(topic.out()).contains("# The topic names neither features nor classes");
    topic.runsAsWritten();
    assertThat(topic.init("--label", "f1")).isEqualTo(1);
    assertThat(topic.err()).contains("--label=f1: the values are 32-bit floats");
  }

  @Test
  void aLabelThatCannotBeToldIsTheOneThingToFillIn() throws IOException {
    topic.send(i -> "%d,%d.5,%d".formatted(i % 40 == 0 ? 1 : 0, i % 97, i % 2));

    assertThat(topic.init()).isEqualTo(1);

    assertThat(topic.err())
        .contains("error: the label cannot be told: no name tells which", "--label: c1, c3");
    assertThat(topic.out())
        .contains("# TO BE FILLED IN", "#events.label=c1\n#events.classes=0,1\n");
    assertThat(topic.written()).doesNotContainKey("events.label");

    assertThat(topic.init("--label", "c1")).as(topic.err()).isZero();
    assertThat(topic.written())
        .containsEntry("events.label", "c1")
        .containsEntry("events.columns", "c1,c2,c3")
        .containsEntry("events.features", "c2,c3");
    topic.runsAsWritten();
  }

  @Test
  void ofManyClassesThatAreFewOneNoteTells() throws IOException {
    topic.send(i -> "{'a':%d.5,'class':'c%d'}".formatted(i % 97, i % 300));

    assertThat(topic.init("--label", "class")).as(topic.err()).isZero();

    assertThat(topic.err().lines().filter(line -> line.contains("few events in the sample")))
        .singleElement()
        .asString()
        .startsWith("note: 300 classes (c0, ")
        .contains("… (300 in all)) have few events");
  }

  @Test
  void theOldestAndTheNewestOfEveryPartitionAreLookedAtAndNoMore() throws IOException {
    topic.send(i -> "{'number':%04d}".formatted(i));
    Map<Integer, List<Long>> found = new TreeMap<>();
    KafkaClients clients =
        new KafkaClients(new KafkaConfig(SharedBroker.bootstrapServers(), Map.of()));
    try (var consumer = clients.consumer("look", Map.of())) {
      NewestRecords records =
          new NewestRecords(
              consumer,
              topic.name(),
              new NewestRecords.Amount(20, 1000, 3 * 12 * 15),
              Duration.ofSeconds(30));
      records.read(
          r -> found.computeIfAbsent(r.partition(), p -> new ArrayList<>()).add(r.offset()));
      records.readOldest(
          r -> found.computeIfAbsent(r.partition(), p -> new ArrayList<>()).add(r.offset()));
    }

    List<Long> offsets =
        LongStream.concat(LongStream.range(480, 492), LongStream.range(0, 12)).boxed().toList();
    assertThat(found).isEqualTo(Map.of(0, offsets, 1, offsets, 2, offsets));
  }

  @Test
  void whatHeadersTakeIsBoundedToo() {
    String name = SharedBroker.createTopic(topic.name() + "-headers", 1);
    KafkaClients clients =
        new KafkaClients(new KafkaConfig(SharedBroker.bootstrapServers(), Map.of()));
    try (var producer = clients.producer("headers", Map.of())) {
      for (int i = 0; i < 40; i++) {
        ProducerRecord<byte[], byte[]> event = new ProducerRecord<>(name, new byte[1]);
        event.headers().add("trace", new byte[1000]);
        var unused = producer.send(event);
      }
    }
    List<Long> found = new ArrayList<>();
    try (var consumer = clients.consumer("look", Map.of())) {
      new NewestRecords(
              consumer, name, new NewestRecords.Amount(30, 1000, 10_000), Duration.ofSeconds(30))
          .read(r -> found.add(r.offset()));
    }
    assertThat(found).hasSize(10);
  }

  @Test
  void whatCannotBeReadIsSaidAndNothingIsWritten() throws IOException {
    topic.send(i -> "0,98;-1,39;%s".formatted(InitTopic.label(i)));

    assertThat(topic.init()).isEqualTo(1);
    assertThat(topic.err())
        .contains("error: topic '" + topic.name() + "': the fields are separated by ';'");

    SharedBroker.createTopic(topic.name() + "-empty", 2);
    assertThat(topic.initOf(topic.name() + "-empty")).isEqualTo(1);
    assertThat(topic.err()).contains("has no events yet");
    assertThat(topic.initOf(topic.name() + "-gone")).isEqualTo(1);
    assertThat(topic.err()).contains("topic '" + topic.name() + "-gone' does not exist");
    assertThat(topic.out()).isEmpty();
  }

  @Test
  void secretsAreReferredToAndNamesOfStrangersStayNames() throws IOException {
    topic.send(
        i ->
            "{'a=b: c':%d,'x,y':%d,'line\\u000aevents.label=evil':%d,'\u00e9 \u65e5':%d,'label':'%s'}"
                .formatted(i % 9, i % 8, i % 7, i % 6, i % 9 == 0 ? "a|b" : "c, d\\\\"));
    Path kafka = folder.resolve("client.properties");
    Files.writeString(kafka, "ssl.keystore.password=hush1\nclient.rack=r1\n");

    assertThat(
            topic.init("--kafka-config", kafka.toString(), "--set", "kafka.ssl.key.password=hush2"))
        .as(topic.err())
        .isZero();

    assertThat(topic.written())
        .containsEntry("kafka.ssl.keystore.password", "${file:" + kafka + ":ssl.keystore.password}")
        .containsEntry("kafka.ssl.key.password", "${env:KAFKA_SSL_KEY_PASSWORD}")
        .containsEntry("kafka.client.rack", "r1")
        .containsEntry("events.label", "label")
        .containsEntry("events.classes", "\"c, d\\\",\"a|b\"")
        .containsEntry("feature.a_b__c.path", "a=b: c")
        .containsEntry("feature.x_y.path", "x,y")
        .containsEntry("feature.line_events.label_evil.path", "line\nevents.label=evil");
    assertThat(topic.out() + topic.err())
        .doesNotContain("hush")
        .contains("set ${env:KAFKA_SSL_KEY");
  }
}
