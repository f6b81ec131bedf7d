package dev.counterweight.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.google.protobuf.CodedOutputStream;
import dev.counterweight.config.JobConfig;
import dev.counterweight.config.JobConfigLoader;
import dev.counterweight.config.KafkaConfig;
import dev.counterweight.counter.CounterRole;
import dev.counterweight.demo.SharedBroker;
import dev.counterweight.kafka.KafkaClients;
import dev.counterweight.kafka.WholeLog;
import dev.counterweight.registry.ApicurioRegistry;
import dev.counterweight.runtime.Role;
import dev.counterweight.runtime.RunningRole;
import dev.counterweight.sampler.SamplerRole;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import org.apache.avro.Schema;
import org.apache.avro.generic.GenericData;
import org.apache.avro.generic.GenericDatumWriter;
import org.apache.avro.io.BinaryEncoder;
import org.apache.avro.io.EncoderFactory;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.header.Header;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Events framed for a schema registry, a real one, which is stopped for {@code
 * -Dcounterweight.registry.away.s} (2) while events by a schema come that nobody knows yet: first
 * while the counter counts, then while the sampler samples.
 */
@Timeout(300)
class RegisteredEventsIT {
  private static final int AWAY_S = Integer.getInteger("counterweight.registry.away.s", 2);
  private static final Duration SOON = Duration.ofSeconds(60 + 2L * AWAY_S);
  private static final int SOME = 150;
  private static final int UNKNOWN_ID = 987_654_321;
  private static final KafkaClients CLIENTS =
      new KafkaClients(new KafkaConfig(SharedBroker.bootstrapServers(), Map.of()));

  @TempDir private Path folder;
  private final String job = SharedBroker.uniqueName("registered");
  private final String topic = SharedBroker.createTopic(SharedBroker.uniqueName("framed"), 2);
  private final MeterRegistry counted = new SimpleMeterRegistry();
  private final MeterRegistry sampled = new SimpleMeterRegistry();
  private int sent;

  /** How a producer's serializer writes an event, as its schema was and as it is later. */
  enum Format {
    AVRO {
      @Override
      int register(ApicurioRegistry registry, boolean later) {
        return registry.avro("events-value", schema(later).toString());
      }

      @Override
      byte[] value(boolean later, int i) {
        Schema schema = schema(later);
        GenericData.Record card = new GenericData.Record(schema.getField("card").schema());
        card.put("amount", i * 0.5);
        GenericData.Record event = new GenericData.Record(schema);
        event.put("label", label(i));
        event.put("card", card);
        if (later) {
          event.put("channel", "web");
        } else {
          event.put("age", i);
        }
        return encoded(schema, event);
      }

      private static Schema schema(boolean later) {
        return new Schema.Parser()
            .parse(
                """
                {'type': 'record', 'name': 'Event', 'fields': [
                  {'name': 'label', 'type': 'string'}, %s,
                  {'name': 'card', 'type': {'type': 'record', 'name': 'Card', 'fields': [
                    {'name': 'amount', 'type': 'double'}]}}]}
                """
                    .formatted(
                        later
                            ? "{'name': 'channel', 'type': 'string', 'default': ''}"
                            : "{'name': 'age', 'type': 'int', 'default': 0}")
                    .replace('\'', '"'));
      }
    },
    PROTOBUF {
      @Override
      int register(ApicurioRegistry registry, boolean later) {
        return registry.protobuf(
            "events-value",
            "syntax = \"proto3\"; message Card { double amount = 1; } message Event {"
                + " string label = 1; Card card = 2; "
                + (later ? "string channel = 4; }" : "optional int32 age = 3; }"));
      }

      @Override
      byte[] value(boolean later, int i) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        CodedOutputStream out = CodedOutputStream.newInstance(bytes);
        try {
          out.write(new byte[] {2, 2}, 0, 2); // the path to the message: one index, the second
          out.writeString(1, label(i));
          out.writeByteArray(2, amount(i * 0.5));
          if (later) {
            out.writeString(4, "web");
          } else {
            out.writeInt32(3, i);
          }
          out.flush();
        } catch (IOException e) {
          throw new UncheckedIOException(e);
        }
        return bytes.toByteArray();
      }

      private static byte[] amount(double amount) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        CodedOutputStream out = CodedOutputStream.newInstance(bytes);
        out.writeDouble(1, amount);
        out.flush();
        return bytes.toByteArray();
      }
    };

    abstract int register(ApicurioRegistry registry, boolean later);

    /** What stands behind byte 0 and the id. */
    abstract byte[] value(boolean later, int i);

    static String label(int i) {
      return i % 5 == 0 ? "fraud" : "ok";
    }

    static byte[] encoded(Schema schema, GenericData.Record event) {
      ByteArrayOutputStream bytes = new ByteArrayOutputStream();
      BinaryEncoder out = EncoderFactory.get().binaryEncoder(bytes, null);
      try {
        new GenericDatumWriter<>(schema).write(event, out);
        out.flush();
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
      return bytes.toByteArray();
    }
  }

  @ParameterizedTest
  @EnumSource
  void aRegistryThatIsAwayDelaysEventsAndLosesNone(Format format) throws Exception {
    try (ApicurioRegistry registry = ApicurioRegistry.start(folder)) {
      int first = format.register(registry, false);
      int second = format.register(registry, true);
      JobConfig config = config(format, registry);
      Clock clock = Clock.systemUTC();
      try (RunningRole counter =
          new RunningRole(new CounterRole(config, CLIENTS, counted, clock, false))) {
        send(format, false, first);
        awaitCounted();

        registry.stop();
        send(format, true, second);
        send(format, false, first);
        awaitWaiting(counter, counted, "counter");
        registry.startAgain();
        awaitCounted();

        registry.stop();
        try (RunningRole sampler =
            new RunningRole(new SamplerRole(config, CLIENTS, sampled, clock, false))) {
          awaitWaiting(sampler, sampled, "sampler");
          registry.startAgain();
          awaitSampled(0);

          try (Producer<byte[], byte[]> producer = CLIENTS.producer("framed", Map.of())) {
            producer.send(framed(UNKNOWN_ID, format.value(false, 1), 0));
          }
          send(format, true, second);
          awaitCounted();
          awaitSampled(1);
          assertThat(sampler.status().state()).isEqualTo(Role.State.RUNNING);
        }
        assertThat(counter.status().state()).isEqualTo(Role.State.RUNNING);
      }
    }
    assertThat(deadLetters()).containsExactly("unknown_schema");
    assertThat(BatchLogAudit.of(job).events().stream().mapToLong(Long::longValue).sum())
        .as("each event was sampled once")
        .isEqualTo(sent);
    assertThat(drawn()).as("by class").containsOnlyKeys(0, 1);
  }

  private Map<Integer, Integer> drawn() {
    return BatchLogAudit.of(job).freshDrawsByClass();
  }

  private void awaitWaiting(RunningRole role, MeterRegistry meters, String name) {
    await(name + " waits")
        .atMost(SOON)
        .failFast(() -> role.isDone())
        .until(
            () ->
                meters.find("counterweight.schema.registry.away").gauges().stream()
                    .anyMatch(gauge -> gauge.value() > AWAY_S));
    assertThat(role.status().state()).isEqualTo(Role.State.WAITING);
    assertThat(role.status().detail()).startsWith("the schema registry has not answered for ");
    assertThat(value(sampled, "counterweight.dead.letters")).isZero();
  }

  private void awaitCounted() {
    await("all are counted")
        .atMost(SOON)
        .untilAsserted(
            () -> assertThat(value(counted, "counterweight.events.counted")).isEqualTo(sent));
  }

  private void awaitSampled(int letters) {
    await("all are sampled")
        .atMost(SOON)
        .untilAsserted(
            () -> {
              assertThat(value(sampled, "counterweight.events.sampled")).isEqualTo(sent + letters);
              assertThat(value(sampled, "counterweight.dead.letters")).isEqualTo(letters);
            });
  }

  private static double value(MeterRegistry meters, String name) {
    return meters.find(name).counters().stream().mapToDouble(c -> c.count()).sum();
  }

  private List<String> deadLetters() {
    List<String> reasons = new ArrayList<>();
    WholeLog.forEach(
        CLIENTS,
        job + ".dead-letters",
        letter -> {
          Header reason = Objects.requireNonNull(letter.headers().lastHeader("cw.reason"));
          reasons.add(new String(reason.value(), UTF_8));
        });
    return reasons;
  }

  private void send(Format format, boolean later, int id) {
    try (Producer<byte[], byte[]> producer = CLIENTS.producer("framed", Map.of())) {
      for (int i = 0; i < SOME; i++) {
        producer.send(framed(id, format.value(later, i), i % 2));
      }
    }
    sent += SOME;
  }

  private ProducerRecord<byte[], byte[]> framed(int id, byte[] value, int partition) {
    byte[] framed =
        ByteBuffer.allocate(5 + value.length).put((byte) 0).putInt(id).put(value).array();
    return new ProducerRecord<>(topic, partition, null, framed);
  }

  private JobConfig config(Format format, ApicurioRegistry registry) {
    Map<String, String> settings = new HashMap<>();
    settings.put("job", job);
    settings.put("bootstrap.servers", SharedBroker.bootstrapServers());
    settings.put("events.topic", topic);
    settings.put("events.format", format.name().toLowerCase(Locale.ROOT));
    settings.put("events.schema.registry", registry.url());
    settings.put("events.schema.registry.timeout", "2s");
    settings.put("events.label", "label");
    settings.put("events.classes", "ok,fraud");
    settings.put("events.features", "card.amount,age");
    settings.put("feature.age.missing", "-1");
    settings.put("weights.update.interval", "200ms");
    settings.put("checkpoint.dir", folder.resolve("checkpoints").toString());
    return JobConfigLoader.load(settings);
  }
}
