package dev.counterweight.sampler;

import static org.assertj.core.api.Assertions.assertThat;

import dev.counterweight.config.JobConfig;
import dev.counterweight.event.WriterSchemas;
import dev.counterweight.sampling.BatchBuilder;
import dev.counterweight.sampling.HashRandom;
import dev.counterweight.sampling.ReplayBuffer;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.IntStream;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.MockConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.common.record.TimestampType;
import org.junit.jupiter.api.Test;

class EventReaderTest {
  private static final int PARTITIONS = 16;
  private static final int VALUE_BYTES = 1 << 20;

  private final MockConsumer<byte[], byte[]> consumer = new MockConsumer<>("none");
  private final EventReader reader =
      new EventReader(
          consumer,
          SamplerHarness.config("nowhere:1", "job", "one", Map.of("events.topic", "events"))
              .events(),
          builder());
  private final Map<Integer, Long> next = new HashMap<>();

  @Test
  void roomIsSharedByThePartitionsAndEachIsPausedWhenItsShareIsFull() {
    List<TopicPartition> all =
        IntStream.range(0, PARTITIONS).mapToObj(p -> new TopicPartition("events", p)).toList();
    consumer.assign(all);
    all.forEach(one -> reader.open(one.partition(), 0, null));
    int share = (int) (EventReader.MAX_BYTES / PARTITIONS / VALUE_BYTES);
    for (int i = 0; i < share; i++) {
      assertThat(consumer.paused()).isEmpty();
      for (int p = 0; p < PARTITIONS - 1; p++) {
        add(p);
      }
      reader.poll(Duration.ZERO);
    }
    assertThat(consumer.paused()).hasSize(PARTITIONS - 1);
    add(PARTITIONS - 1);
    reader.poll(Duration.ZERO);
    assertThat(cursor(PARTITIONS - 1).next(1, 9)).as("the slow one still gets its own").hasSize(1);

    cursor(3).take(1);
    reader.poll(Duration.ZERO);
    assertThat(consumer.paused()).hasSize(PARTITIONS - 2).doesNotContain(all.get(3));
  }

  private PartitionCursor cursor(int partition) {
    return Objects.requireNonNull(reader.cursors().get(partition));
  }

  private static BatchBuilder builder() {
    JobConfig config = SamplerHarness.config("nowhere:1", "job", "one");
    return new BatchBuilder(
        config.events().schema().schema(),
        new BatchBuilder.Limits(1, 1, 1, 1, 1 << 20),
        new HashRandom(1),
        new ReplayBuffer(3, 2, 1),
        config.events().decoder(WriterSchemas.NONE),
        rejected -> {},
        (batch, events) -> {},
        false,
        false);
  }

  private void add(int partition) {
    long offset = next.merge(partition, 1L, Long::sum) - 1;
    consumer.addRecord(
        new ConsumerRecord<>(
            "events",
            partition,
            offset,
            0,
            TimestampType.CREATE_TIME,
            ConsumerRecord.NULL_SIZE,
            VALUE_BYTES,
            null,
            new byte[VALUE_BYTES],
            new RecordHeaders(),
            Optional.empty()));
  }
}
