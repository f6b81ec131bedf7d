package dev.counterweight.sampler;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.counterweight.config.JobConfig;
import dev.counterweight.event.WriterSchemas;
import dev.counterweight.kafka.PollBudget;
import dev.counterweight.kafka.PolledCopies;
import dev.counterweight.kafka.SharedFetch;
import dev.counterweight.protocol.StreamIdentity;
import dev.counterweight.sampling.BatchBuilder;
import dev.counterweight.sampling.HashRandom;
import dev.counterweight.sampling.ReplayBuffer;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.TreeSet;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.MockConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.common.record.TimestampType;
import org.apache.kafka.common.serialization.Deserializer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/**
 * A counter's consumer and a sampler's over one log with gaps, which poll, go back, lose partitions
 * and get them again in any order: the sampler sees each committed offset once and in order.
 */
class SharedEventsTest {
  private static final String TOPIC = "events";
  private static final int PARTITIONS = 2;
  private static final long LOG_END = 1_500;
  private static final int VALUE_BYTES = 2_000;
  private static final Deserializer<byte @Nullable []> DROPPING = (topic, data) -> new byte[0];

  private final StreamIdentity topic = new StreamIdentity("cluster", "topic");
  private final Map<TopicPartition, TreeSet<Long>> log = new HashMap<>();
  private final Map<TopicPartition, Long> polledTo = new TreeMap<>(this::byNumber);
  private final Map<TopicPartition, Long> usedTo = new HashMap<>();
  private final PollBudget budget = new PollBudget(PollBudget.MAX_BYTES);
  private boolean calm;
  private boolean ahead;
  private int generation;
  private SplittableRandom random = new SplittableRandom(0);

  private int byNumber(TopicPartition a, TopicPartition b) {
    return Integer.compare(a.partition(), b.partition());
  }

  private final class Polling implements PolledCopies.Reading {
    @Override
    public Set<TopicPartition> partitions() {
      return Set.copyOf(polledTo.keySet());
    }

    @Override
    public OptionalLong position(TopicPartition partition) {
      return OptionalLong.of(Objects.requireNonNull(polledTo.get(partition)));
    }

    @Override
    public OptionalLong lag(TopicPartition partition) {
      return OptionalLong.of(LOG_END - Objects.requireNonNull(polledTo.get(partition)));
    }

    @Override
    public int generation() {
      return generation;
    }
  }

  @Property(tries = 100)
  void eachCommittedOffsetIsUsedOnceAndInOrderWhateverBothPoll(@ForAll long seed) {
    calm = false;
    assertThat(run(seed, 512 << 10)).isNotNegative();
  }

  @Test
  void mostIsTakenWhereTheSamplerKeepsUp() {
    calm = true;
    long shared = run(1, SharedFetch.MAX_BYTES);
    long events = log.values().stream().mapToLong(Set::size).sum();
    assertThat(shared).isBetween(events * 9 / 10, events);
  }

  @Test
  void whatHasNoRoomIsLeftOutAndFetched() {
    calm = true;
    ahead = true;
    long shared = run(1, 300 << 10);
    long events = log.values().stream().mapToLong(Set::size).sum();
    assertThat(shared).isBetween(1L, events / 2);
  }

  @Test
  void whatAnotherCounterPolledIsFetched() {
    SharedFetch fetched = new SharedFetch(SharedFetch.MAX_BYTES);
    MockConsumer<byte[], byte[]> own = new MockConsumer<>("none");
    EventReader reader = reader(own, fetched.taker(topic));
    TopicPartition partition = new TopicPartition(TOPIC, 0);
    log.put(partition, offsets());
    polledTo.put(partition, 0L);
    PolledCopies copies = copies(fetched, topic);
    own.assign(List.of(partition));
    reader.open(0, 0, null);
    copies.begin(new Polling());
    copies.end(ConsumerRecords.empty(), new Polling());
    reader.poll(Duration.ZERO);
    assertThat(own.paused()).as("the counter is where the sampler is").contains(partition);

    PartitionCursor cursor = Objects.requireNonNull(reader.cursors().get(0));
    reader.missing(cursor);
    assertThat(own.paused()).isEmpty();
    reader.poll(Duration.ZERO);
    assertThat(own.paused()).as("that it waits there again is of no use").isEmpty();
  }

  @Test
  void aTopicMadeAgainIsNotTheSame() {
    SharedFetch fetched = new SharedFetch(SharedFetch.MAX_BYTES);
    SharedFetch.Taker taker = fetched.taker(topic);
    TopicPartition partition = new TopicPartition(TOPIC, 0);
    taker.open(partition, 0);
    log.put(partition, offsets());
    polledTo.put(partition, 0L);
    calm = true;
    count(copies(fetched, new StreamIdentity("cluster", "another")));
    assertThat(taker.covers(partition, 0)).isFalse();
    polledTo.put(partition, 0L);
    count(copies(fetched, topic));
    assertThat(taker.covers(partition, 0)).isTrue();
  }

  private PolledCopies copies(SharedFetch fetched, StreamIdentity of) {
    return new PolledCopies(TOPIC, budget, fetched.giver(of), 100, VALUE_BYTES);
  }

  /** Until everything is used; how many events were shared. */
  private long run(long seed, long room) {
    random = new SplittableRandom(seed);
    SharedFetch fetched = new SharedFetch(room);
    SharedFetch.Taker taker = fetched.taker(topic);
    PolledCopies copies = copies(fetched, topic);
    MockConsumer<byte[], byte[]> own = new MockConsumer<>("none");
    EventReader reader = reader(own, taker);
    log.clear();
    polledTo.clear();
    List<TopicPartition> all = new ArrayList<>();
    for (int p = 0; p < PARTITIONS; p++) {
      TopicPartition partition = new TopicPartition(TOPIC, p);
      all.add(partition);
      log.put(partition, offsets());
      taker.open(partition, 0);
      usedTo.put(partition, 0L);
    }
    all.forEach(partition -> polledTo.put(partition, 0L));
    own.assign(all);
    all.forEach(one -> reader.open(one.partition(), 0, null));
    long shared = 0;
    for (int turn = 0; all.stream().anyMatch(this::hasMore); turn++) {
      assertThat(turn).as("turns").isLessThan(100_000);
      boolean first = ahead && polledTo.values().stream().anyMatch(at -> at < LOG_END - 100);
      switch (first ? 0 : calm ? turn % 2 * 12 : random.nextInt(24)) {
        case 0, 1, 2, 3, 4, 5, 6, 7, 8 -> count(copies);
        case 9 -> rebalance(all);
        case 10 -> reopen(reader, all.get(random.nextInt(PARTITIONS)));
        case 11 -> reader.cursors().values().forEach(reader::missing);
        default -> sample(reader, own);
      }
      shared += reader.eventsShared();
    }
    return shared;
  }

  /** Some offsets committed, among others of markers and of what was aborted. */
  private TreeSet<Long> offsets() {
    TreeSet<Long> offsets = new TreeSet<>();
    for (long offset = 0; offset < LOG_END; offset++) {
      offset += random.nextInt(40) == 0 ? 1 + random.nextInt(200) : 0;
      if (offset < LOG_END) {
        offsets.add(offset);
      }
    }
    return offsets;
  }

  private boolean hasMore(TopicPartition partition) {
    return !Objects.requireNonNull(log.get(partition)).tailSet(used(partition)).isEmpty();
  }

  private long used(TopicPartition partition) {
    return Objects.requireNonNull(usedTo.get(partition));
  }

  /** The counter's consumer polls, whose deserializers keep nothing, and may lose its way in it. */
  private void count(PolledCopies copies) {
    budget.begin();
    copies.begin(new Polling());
    if (!calm && random.nextInt(20) == 0) {
      generation++;
      polledTo.replaceAll((partition, at) -> random.nextLong(LOG_END));
    }
    Map<TopicPartition, List<ConsumerRecord<byte[], byte[]>>> polled = new HashMap<>();
    for (TopicPartition partition : polledTo.keySet()) {
      List<ConsumerRecord<byte[], byte[]>> records = new ArrayList<>();
      long from = Objects.requireNonNull(polledTo.get(partition));
      int most = random.nextInt(80);
      for (long offset : Objects.requireNonNull(log.get(partition)).tailSet(from)) {
        if (records.size() == most) {
          break;
        }
        records.add(deserialized(record(partition, offset), copies));
      }
      if (!records.isEmpty()) {
        polled.put(partition, records);
      }
      long last = records.isEmpty() ? from : records.get(records.size() - 1).offset() + 1;
      Long next = Objects.requireNonNull(log.get(partition)).ceiling(last);
      // A position moves over what is no record, with the records before or with none.
      polledTo.put(partition, random.nextBoolean() ? last : next == null ? LOG_END : next);
    }
    copies.end(
        new ConsumerRecords<>(polled, Map.<TopicPartition, OffsetAndMetadata>of()), new Polling());
  }

  private ConsumerRecord<byte[], byte[]> deserialized(
      ConsumerRecord<byte[], byte[]> record, PolledCopies copies) {
    Headers headers = record.headers();
    byte[] key = record.key();
    byte[] value = record.value();
    if (random.nextInt(50) == 0) {
      // Read, and then not polled after all.
      copies.values(DROPPING).deserialize(TOPIC, new RecordHeaders(), ByteBuffer.wrap(new byte[9]));
    }
    if (key != null) {
      copies.keys(DROPPING).deserialize(TOPIC, headers, ByteBuffer.wrap(key));
    }
    if (value != null) {
      copies.values(DROPPING).deserialize(TOPIC, headers, ByteBuffer.wrap(value));
    }
    return new ConsumerRecord<>(
        record.topic(),
        record.partition(),
        record.offset(),
        record.timestamp(),
        record.timestampType(),
        record.serializedKeySize(),
        record.serializedValueSize(),
        null,
        new byte[1],
        headers,
        record.leaderEpoch());
  }

  /** The counter loses a partition, gets one, or goes back to what was committed of one. */
  private void rebalance(List<TopicPartition> all) {
    TopicPartition partition = all.get(random.nextInt(PARTITIONS));
    generation += random.nextInt(2);
    Long at = polledTo.get(partition);
    if (at != null && random.nextBoolean()) {
      polledTo.remove(partition);
    } else {
      polledTo.put(partition, random.nextLong(1 + Math.max(used(partition), at == null ? 0 : at)));
    }
  }

  /** The sampler goes back to what was committed. */
  private void reopen(EventReader reader, TopicPartition partition) {
    if (random.nextInt(4) == 0) {
      usedTo.put(partition, random.nextLong(used(partition) + 1));
    }
    reader.close(partition.partition());
    reader.open(partition.partition(), used(partition), null);
  }

  private void sample(EventReader reader, MockConsumer<byte[], byte[]> own) {
    own.schedulePollTask(() -> fetch(own));
    reader.poll(Duration.ZERO);
    reader.cursors().values().forEach(cursor -> use(reader, cursor));
  }

  private void fetch(MockConsumer<byte[], byte[]> own) {
    for (TopicPartition partition : own.assignment()) {
      if (!own.paused().contains(partition)) {
        long position = own.position(partition);
        Long next = Objects.requireNonNull(log.get(partition)).ceiling(position);
        if (next != null && next > position && random.nextBoolean()) {
          own.seek(partition, next);
        }
        Objects.requireNonNull(log.get(partition)).tailSet(position).stream()
            .limit(random.nextInt(40))
            .forEach(offset -> own.addRecord(record(partition, offset)));
      }
    }
  }

  private void use(EventReader reader, PartitionCursor cursor) {
    TopicPartition partition = cursor.partition();
    List<ConsumerRecord<byte[], byte[]>> events = cursor.next(LOG_END, 1 + random.nextInt(100));
    for (ConsumerRecord<byte[], byte[]> event : events) {
      assertThat(event.offset())
          .isEqualTo(Objects.requireNonNull(log.get(partition)).ceiling(used(partition)));
      assertSame(event, record(partition, event.offset()));
      usedTo.put(partition, event.offset() + 1);
    }
    cursor.take(events.size());
    assertThat(
            Objects.requireNonNull(log.get(partition))
                .subSet(used(partition), reader.reached(cursor)))
        .as("passed over")
        .isEmpty();
    usedTo.put(partition, Math.max(used(partition), reader.reached(cursor)));
  }

  private static void assertSame(
      ConsumerRecord<byte[], byte[]> event, ConsumerRecord<byte[], byte[]> expected) {
    assertThat(event.key()).isEqualTo(expected.key());
    assertThat(event.value()).isEqualTo(expected.value());
    assertThat(event.headers()).isEqualTo(expected.headers());
    assertThat(event.timestamp()).isEqualTo(expected.timestamp());
    assertThat(event.timestampType()).isEqualTo(expected.timestampType());
    assertThat(event.serializedKeySize()).isEqualTo(expected.serializedKeySize());
    assertThat(event.serializedValueSize()).isEqualTo(expected.serializedValueSize());
    assertThat(event.leaderEpoch()).isEqualTo(expected.leaderEpoch());
  }

  /** What stands at an offset: with and without key, value and headers, long ones cut. */
  private static ConsumerRecord<byte[], byte[]> record(TopicPartition partition, long offset) {
    RecordHeaders headers = new RecordHeaders();
    if (offset % 7 == 0) {
      headers.add("näme", Long.toString(offset).getBytes(UTF_8));
      headers.add("none", null);
    }
    byte[] key = offset % 3 == 0 ? null : ("key " + offset).getBytes(UTF_8);
    byte[] value = offset % 11 == 0 ? null : new byte[(int) (offset % VALUE_BYTES)];
    if (value != null) {
      Arrays.fill(value, (byte) (offset + partition.partition()));
    }
    return new ConsumerRecord<>(
        partition.topic(),
        partition.partition(),
        offset,
        1_000 + offset,
        offset % 2 == 0 ? TimestampType.CREATE_TIME : TimestampType.LOG_APPEND_TIME,
        key == null ? ConsumerRecord.NULL_SIZE : key.length,
        value == null ? ConsumerRecord.NULL_SIZE : value.length,
        key,
        value,
        headers,
        offset % 5 == 0 ? Optional.empty() : Optional.of((int) (offset / 500)));
  }

  private EventReader reader(MockConsumer<byte[], byte[]> own, SharedFetch.Taker taker) {
    JobConfig config =
        SamplerHarness.config("nowhere:1", "job", "one", Map.of("events.topic", TOPIC));
    return new EventReader(
        own,
        config.events(),
        new BatchBuilder(
            config.events().schema().schema(),
            new BatchBuilder.Limits(1, 1, 1, 1, 1 << 20),
            new HashRandom(1),
            new ReplayBuffer(3, 2, 1),
            config.events().decoder(WriterSchemas.NONE),
            rejected -> {},
            (batch, events) -> {}),
        taker);
  }
}
