package dev.counterweight.scorer;

import static org.assertj.core.api.Assertions.assertThat;

import dev.counterweight.checkpoint.Announcement;
import dev.counterweight.checkpoint.ServedCheckpoint;
import dev.counterweight.config.JobConfig;
import dev.counterweight.config.JobConfigLoader;
import dev.counterweight.demo.SharedBroker;
import dev.counterweight.event.EventSchema;
import dev.counterweight.kafka.KafkaClients;
import dev.counterweight.kafka.LogEnds;
import dev.counterweight.kafka.TopicSetup;
import dev.counterweight.protocol.ServedScore;
import dev.counterweight.runtime.Role;
import dev.counterweight.runtime.RunningRole;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.IntStream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Swaps under load: periods in which checkpoints are announced all the time stand between periods
 * in which none is, so that both meet the same machine. Of full size with {@code
 * -Dcounterweight.swaps=200 -Dcounterweight.rate=20000 -Dcounterweight.seconds=7}.
 */
@Timeout(600)
class SwapIT {
  private static final int SWAPS = Integer.getInteger("counterweight.swaps", 20);
  private static final int RATE = Integer.getInteger("counterweight.rate", 2_000);
  private static final int SECONDS = Integer.getInteger("counterweight.seconds", 3);

  /** Of periods without and with swaps, by turns, after one to warm up. */
  private static final int PAIRS = 3;

  private static final int PERIODS = 1 + 2 * PAIRS;

  private static final int PARTITIONS = 2;
  private static final int FEATURES = 30;
  private static final long MOST_LATER_MS = 50;

  @TempDir Path folder;
  private final String job = SharedBroker.uniqueName("swap");
  private final List<String> features =
      IntStream.range(0, FEATURES).mapToObj(i -> "f" + i).toList();
  private JobConfig config;
  private KafkaClients clients;
  private final BitSet[] scored = {new BitSet(), new BitSet()};
  private final Set<String> named = new HashSet<>();

  /** By period; a sender that was held up sends all that is left in the last. */
  private final int[][] latencies = new int[PERIODS][PERIODS * RATE * SECONDS];

  private final int[] counts = new int[PERIODS];
  private final long[] starts = new long[PERIODS + 1];

  @BeforeEach
  void configure() {
    Map<String, String> values = new HashMap<>();
    values.put("job", job);
    values.put("bootstrap.servers", SharedBroker.bootstrapServers());
    values.put("events.topic", job + "-events");
    values.put("events.label", "label");
    values.put("events.classes", "ok,fraud");
    values.put("events.features", String.join(",", features));
    values.put("checkpoint.dir", folder.toString());
    config = JobConfigLoader.load(values);
    clients = new KafkaClients(config.kafka());
  }

  @Test
  void noEventIsLostOrLateByASwap() throws Exception {
    SharedBroker.createTopic(config.events().topic(), PARTITIONS);
    try (Admin admin = SharedBroker.admin()) {
      new TopicSetup(admin, Duration.ofSeconds(30), SharedBroker.bootstrapServers())
          .ensure(config.topics(), List.of(config.topics().checkpoints()));
    }
    List<Announcement> announcements = announcements();
    SimpleMeterRegistry registry = new SimpleMeterRegistry();
    try (Producer<byte[], byte[]> producer = producer()) {
      announce(producer, announcements.get(0));
      ScorerRole role =
          new ScorerRole(config, clients, registry, ServedCheckpoint::of, Clock.systemUTC(), false);
      try (RunningRole running = new RunningRole(role)) {
        Awaitility.await()
            .atMost(Duration.ofSeconds(60))
            .until(() -> running.status().state() == Role.State.RUNNING);
        Thread reader = new Thread(this::read, "scores");
        reader.start();
        Thread announcer = new Thread(() -> announceAll(producer, announcements), "announcements");
        send(producer, announcer);
        announcer.join();
        reader.join();
      }
      double swaps = registry.get("counterweight.scorer.swaps").counter().count();
      judge(announcements, swaps);
    }
  }

  private void judge(List<Announcement> announcements, double swaps) {
    int events = PERIODS * RATE * SECONDS;
    int[] without = IntStream.range(0, PAIRS).map(pair -> 1 + 2 * pair).toArray();
    int[] with = IntStream.range(0, PAIRS).map(pair -> 2 + 2 * pair).toArray();
    System.out.printf(
        "%d swaps under %d events/s of %d features: p99 %d ms, without swaps %d ms; p50 %d, %d ms;"
            + " p99 by pairs of periods: %s%n",
        (int) swaps,
        RATE,
        FEATURES,
        percentile(0.99, with),
        percentile(0.99, without),
        percentile(0.5, with),
        percentile(0.5, without),
        IntStream.range(0, PAIRS)
            .mapToObj(i -> percentile(0.99, with[i]) + " and " + percentile(0.99, without[i]))
            .toList());
    assertThat(scored[0].cardinality() + scored[1].cardinality()).isEqualTo(events);
    assertThat(scored[0].length() + scored[1].length()).isEqualTo(events);
    assertThat(swaps).isGreaterThan(0.9 * SWAPS).isLessThanOrEqualTo(SWAPS + 1);
    assertThat(named.size()).isGreaterThan(SWAPS / 2);
    assertThat(announcements.stream().map(one -> one.checkpoint().sha256())).containsAll(named);
    // What a machine that is shared does to one pair it does not do to all.
    assertThat(IntStream.range(0, PAIRS))
        .anyMatch(i -> percentile(0.99, with[i]) <= percentile(0.99, without[i]) + MOST_LATER_MS);
  }

  private List<Announcement> announcements() {
    MadeCheckpoints made =
        new MadeCheckpoints(folder, job)
            .of(new EventSchema(features, "label", MadeCheckpoints.CLASSES, null, null));
    List<Announcement> all = new ArrayList<>();
    for (int step = 1; step <= SWAPS + 1; step++) {
      all.add(made.announce(step));
    }
    return all;
  }

  private Producer<byte[], byte[]> producer() {
    return clients.producer("events", Map.of(ProducerConfig.LINGER_MS_CONFIG, 2));
  }

  private void announce(Producer<byte[], byte[]> producer, Announcement announcement) {
    var unused =
        producer.send(
            new ProducerRecord<>(
                config.topics().checkpoints(), Announcement.key(), announcement.toJson()));
  }

  /** Spread over the periods with swaps. */
  private void announceAll(Producer<byte[], byte[]> producer, List<Announcement> all) {
    int each = (SWAPS + PAIRS - 1) / PAIRS;
    for (int i = 0; i < SWAPS; i++) {
      long at = starts[2 + 2 * (i / each)] + (i % each) * (SECONDS * 1000L / each);
      while (System.currentTimeMillis() < at) {
        LockSupport.parkNanos(1_000_000);
      }
      announce(producer, all.get(i + 1));
    }
  }

  /** So many a second, for all periods. */
  private void send(Producer<byte[], byte[]> producer, Thread announcer) {
    byte[][] events = new byte[64][];
    for (int i = 0; i < events.length; i++) {
      int number = i;
      StringBuilder json = new StringBuilder("{");
      features.forEach(
          f -> json.append('"').append(f).append("\":").append(number / 10.0).append(','));
      json.setCharAt(json.length() - 1, '}');
      events[i] = json.toString().getBytes(StandardCharsets.UTF_8);
    }
    long startMs = System.currentTimeMillis();
    for (int period = 0; period <= PERIODS; period++) {
      starts[period] = startMs + (long) period * SECONDS * 1000;
    }
    announcer.start();
    long startNs = System.nanoTime();
    for (int sent = 0; sent < PERIODS * RATE * SECONDS; sent++) {
      long aheadNs = startNs + sent * 1_000_000_000L / RATE - System.nanoTime();
      if (aheadNs > 1_000_000) {
        LockSupport.parkNanos(aheadNs);
      }
      var unused =
          producer.send(
              new ProducerRecord<>(
                  config.events().topic(),
                  sent % PARTITIONS,
                  System.currentTimeMillis(),
                  null,
                  events[sent % events.length]));
    }
  }

  private void read() {
    long left = (long) PERIODS * RATE * SECONDS;
    long deadlineNs = System.nanoTime() + Duration.ofSeconds(PERIODS * SECONDS + 120).toNanos();
    try (Consumer<byte[], byte[]> consumer = clients.consumer("scores", Map.of())) {
      var partitions = LogEnds.partitions(config.topics().scores(), PARTITIONS);
      consumer.assign(partitions);
      consumer.seekToBeginning(partitions);
      while (left > 0 && System.nanoTime() < deadlineNs) {
        long before = left;
        for (ConsumerRecord<byte[], byte[]> one : consumer.poll(Duration.ofMillis(100))) {
          left--;
          take(one, System.currentTimeMillis());
        }
        deadlineNs += before == left ? 0 : 1;
      }
    }
  }

  private void take(ConsumerRecord<byte[], byte[]> one, long nowMs) {
    ServedScore score = ServedScore.parse(one.value());
    ServedScore.Place place = Objects.requireNonNull(score.place());
    scored[place.partition()].set((int) place.offset());
    named.add(score.checkpoint());
    int period = 0;
    while (period < PERIODS - 1 && one.timestamp() >= starts[period + 1]) {
      period++;
    }
    latencies[period][counts[period]++] = (int) (nowMs - one.timestamp());
  }

  private long percentile(double share, int... periods) {
    int[] all =
        Arrays.stream(periods)
            .flatMap(p -> Arrays.stream(latencies[p], 0, counts[p]))
            .sorted()
            .toArray();
    return all[(int) (share * (all.length - 1))];
  }
}
