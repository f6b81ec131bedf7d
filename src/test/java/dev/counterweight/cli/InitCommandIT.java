package dev.counterweight.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.CodedOutputStream;
import dev.counterweight.config.KafkaConfig;
import dev.counterweight.demo.SharedBroker;
import dev.counterweight.kafka.KafkaClients;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringReader;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.TreeMap;
import java.util.UUID;
import java.util.function.IntFunction;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(120)
class InitCommandIT {
  private static final int EVENTS = 1500;

  @TempDir Path folder;
  private final String events = SharedBroker.uniqueName("events");
  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  @Test
  void aFlatTopicsFileRunsAsItIs() throws IOException {
    send(i -> "{'a':%d.5,'b':%d,'outcome':'%s'}".formatted(i % 97, i % 89, label(i)));

    assertThat(init()).as(err.toString()).isZero();

    assertThat(written())
        .containsEntry("events.format", "json")
        .containsEntry("events.label", "outcome")
        .containsEntry("events.classes", "ok,fraud")
        .containsEntry("events.features", "a,b");
    assertThat(out.toString())
        .contains("# In the sample: ok 1,462 (97 %), fraud 38 (2.5 %).")
        .contains("# a: number; 0.5 to 96.5, mean 47.72");
    itRuns();
  }

  @Test
  void aNestedTopicsFileRunsAsItIs() throws IOException {
    send(
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

    assertThat(init()).as(err.toString()).isZero();

    assertThat(written())
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
    assertThat(out.toString())
        .contains("#   id: holds UUIDs, most in one event alone: about 1,5")
        .contains("#   currency: is the same in every event: \"EUR\"")
        .contains("# 10 % of the events have no label: they are passed over");
    itRuns();
  }

  @Test
  void aDebeziumTopicsFileRunsAsItIs() throws IOException {
    send(
        i ->
            i % 100 == 99
                ? "{'before':{'a':1},'after':null,'op':'d','ts_ms':1700000000000}"
                : "{'before':null,'after':{'a':%d.5,'kind':'k%d','is_fraud':%d},'op':'c','ts_ms':%d}"
                    .formatted(i % 97, i % 7, i % 40 == 0 ? 1 : 0, 1_700_000_000_000L + i));

    assertThat(init()).as(err.toString()).isZero();

    assertThat(written())
        .containsEntry("events.envelope", "debezium")
        .containsEntry("events.label", "is_fraud")
        .containsEntry("events.features", "a,kind");
    itRuns();
  }

  @Test
  void aCsvTopicsFileRunsAsItIs() throws IOException {
    send(i -> "%d, C%d,%s,%s".formatted(i % 97, i % 8, i % 6 == 0 ? "" : i % 50, label(i)));

    assertThat(init("--set", "events.columns=amount,country,age,outcome"))
        .as(err.toString())
        .isZero();

    assertThat(written())
        .containsEntry("events.format", "csv")
        .containsEntry("events.label", "outcome")
        .containsEntry("feature.country.type", "category")
        .containsEntry("feature.age.missing", "mean");
    itRuns();
  }

  @Test
  void aProtobufTopicsFileRunsAsItIs() throws Exception {
    Path schema = folder.resolve("event.proto");
    Files.writeString(
        schema,
        """
        syntax = "proto3";
        message Event {
          Card card = 1;
          optional double amount = 2;
          string outcome = 3;
          repeated string tags = 4;
        }
        message Card { string country = 1; int32 age = 2; }
        """);
    sendBytes(i -> protobuf(i));

    assertThat(init("--schema-file", schema.toString(), "--schema-message", "Event"))
        .as(err.toString())
        .isZero();

    assertThat(written())
        .containsEntry("events.format", "protobuf")
        .containsEntry("events.schema.file", schema.toString())
        .containsEntry("events.features", "card.country,card.age,amount,tags")
        .containsEntry("feature.card.country.type", "category")
        .containsEntry("feature.amount.missing", "mean");
    itRuns();
  }

  /** By hand, so that nothing is taken for granted of the schema's reader. */
  private static byte[] protobuf(int i) {
    try {
      ByteArrayOutputStream bytes = new ByteArrayOutputStream();
      CodedOutputStream out = CodedOutputStream.newInstance(bytes);
      ByteArrayOutputStream cardBytes = new ByteArrayOutputStream();
      CodedOutputStream card = CodedOutputStream.newInstance(cardBytes);
      card.writeString(1, "C" + i % 9);
      card.writeInt32(2, i % 60);
      card.flush();
      out.writeByteArray(1, cardBytes.toByteArray());
      if (i % 5 != 0) {
        out.writeDouble(2, i % 97 + 0.5);
      }
      out.writeString(3, label(i));
      out.writeString(4, "t" + i % 6);
      out.writeString(4, "u");
      out.flush();
      return bytes.toByteArray();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Test
  void aLabelThatCannotBeToldIsTheOneThingToFillIn() throws IOException {
    send(i -> "%d,%d.5,%d".formatted(i % 40 == 0 ? 1 : 0, i % 97, i % 2));

    assertThat(init()).isEqualTo(1);

    assertThat(err.toString())
        .contains("error: the label cannot be told: no name tells which", "--label: c1, c3");
    assertThat(out.toString())
        .contains("# TO BE FILLED IN", "#events.label=c1\n#events.classes=0,1\n");
    assertThat(written()).doesNotContainKey("events.label");

    assertThat(init("--label", "c1")).as(err.toString()).isZero();
    assertThat(written())
        .containsEntry("events.label", "c1")
        .containsEntry("events.columns", "c1,c2,c3")
        .containsEntry("events.features", "c2,c3");
    itRuns();
  }

  @Test
  void theOldestAndTheNewestOfEveryPartitionAreLookedAtAndNoMore() throws IOException {
    send(i -> "{'number':%04d}".formatted(i));
    Map<Integer, List<Long>> found = new TreeMap<>();
    KafkaClients clients =
        new KafkaClients(new KafkaConfig(SharedBroker.bootstrapServers(), Map.of()));
    try (var consumer = clients.consumer("look", Map.of())) {
      NewestRecords records =
          new NewestRecords(
              consumer,
              events,
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
  void whatCannotBeReadIsSaidAndNothingIsWritten() throws IOException {
    send(i -> "0,98;-1,39;%s".formatted(label(i)));

    assertThat(init()).isEqualTo(1);
    assertThat(err.toString())
        .contains("error: topic '" + events + "': the fields are separated by ';'");

    SharedBroker.createTopic(events + "-empty", 2);
    assertThat(Main.execute(print(out), print(err), args(events + "-empty"))).isEqualTo(1);
    assertThat(err.toString()).contains("has no events yet");
    assertThat(Main.execute(print(out), print(err), args(events + "-gone"))).isEqualTo(1);
    assertThat(err.toString()).contains("topic '" + events + "-gone' does not exist");
    assertThat(out.toString()).isEmpty();
  }

  @Test
  void secretsAreReferredToAndNamesOfStrangersStayNames() throws IOException {
    send(
        i ->
            "{'a=b: c':%d,'x,y':%d,'line\\u000aevents.label=evil':%d,'\u00e9 \u65e5':%d,'label':'%s'}"
                .formatted(i % 9, i % 8, i % 7, i % 6, i % 9 == 0 ? "a|b" : "c, d\\\\"));
    Path kafka = folder.resolve("client.properties");
    Files.writeString(kafka, "ssl.keystore.password=hush1\nclient.rack=r1\n");

    assertThat(init("--kafka-config", kafka.toString(), "--set", "kafka.ssl.key.password=hush2"))
        .as(err.toString())
        .isZero();

    assertThat(written())
        .containsEntry("kafka.ssl.keystore.password", "${file:" + kafka + ":ssl.keystore.password}")
        .containsEntry("kafka.ssl.key.password", "${env:KAFKA_SSL_KEY_PASSWORD}")
        .containsEntry("kafka.client.rack", "r1")
        .containsEntry("events.label", "label")
        .containsEntry("events.classes", "\"c, d\\\",\"a|b\"")
        .containsEntry("feature.a_b__c.path", "a=b: c")
        .containsEntry("feature.x_y.path", "x,y")
        .containsEntry("feature.line_events.label_evil.path", "line\nevents.label=evil");
    assertThat(out.toString() + err).doesNotContain("hush").contains("set ${env:KAFKA_SSL_KEY");
  }

  private void itRuns() throws IOException {
    Path config = folder.resolve("job.properties");
    Files.writeString(config, out.toString());
    StringWriter said = new StringWriter();
    for (String command : List.of("check", "run")) {
      List<String> args = new ArrayList<>(List.of(command, "--config", config.toString()));
      if (command.equals("run")) {
        args.add("--stop-at-end");
      }
      assertThat(Main.execute(print(said), print(said), args.toArray(String[]::new)))
          .as(command + ": " + said)
          .isZero();
    }
    assertThat(said.toString()).contains("0 would be dead letters", "G-mean");
  }

  private int init(String... more) {
    out.getBuffer().setLength(0);
    err.getBuffer().setLength(0);
    return Main.execute(print(out), print(err), args(events, more));
  }

  private String[] args(String topic, String... more) {
    List<String> args =
        new ArrayList<>(
            List.of(
                "init",
                "--bootstrap-server",
                SharedBroker.bootstrapServers(),
                "--topic",
                topic,
                "--set",
                "checkpoint.dir=" + folder.resolve("checkpoints"),
                "--set",
                "metrics.port=0",
                "--set",
                "device=cpu"));
    args.addAll(List.of(more));
    return args.toArray(String[]::new);
  }

  private static PrintWriter print(StringWriter to) {
    return new PrintWriter(to, true);
  }

  private Properties written() throws IOException {
    Properties written = new Properties();
    written.load(new StringReader(out.toString()));
    return written;
  }

  private void send(IntFunction<String> event) {
    sendBytes(i -> event.apply(i).replace('\'', '"').getBytes(UTF_8));
  }

  private void sendBytes(IntFunction<byte[]> event) {
    SharedBroker.createTopic(events, 3);
    // One at a time: a partition so new may refuse a batch and take the one behind it, for good.
    Map<String, Object> settings =
        Map.of(
            "bootstrap.servers",
            SharedBroker.bootstrapServers(),
            "linger.ms",
            50,
            "max.in.flight.requests.per.connection",
            1);
    try (KafkaProducer<byte[], byte[]> producer =
        new KafkaProducer<>(settings, new ByteArraySerializer(), new ByteArraySerializer())) {
      IntStream.range(0, EVENTS)
          .forEach(
              i -> {
                byte[] value = event.apply(i);
                var unused = producer.send(new ProducerRecord<>(events, i % 3, null, value));
              });
    }
  }

  private static String label(int i) {
    return i % 40 == 0 ? "fraud" : "ok";
  }
}
