package dev.counterweight.sampler;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.counterweight.batch.Batches;
import dev.counterweight.batch.MiniBatch;
import dev.counterweight.batch.MiniBatchFormat;
import dev.counterweight.batch.RecentShares;
import dev.counterweight.event.Schema;
import dev.counterweight.kafka.Ticker;
import dev.counterweight.protocol.JobTopics;
import dev.counterweight.protocol.Span;
import dev.counterweight.protocol.StreamIdentity;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.MockConsumer;
import org.apache.kafka.common.IsolationLevel;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.TimeoutException;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class RecentStartsTest {
  private static final Schema SCHEMA = Schema.ofNumbers(List.of("a"), "y", List.of("ok", "bad"));
  private static final Schema GROWN =
      Schema.ofNumbers(List.of("a"), "y", List.of("ok", "bad", "late"));
  private static final float[] FIRST = {1, 0, 1, 0, 1, 0};
  private static final float[] SECOND = {0, 1, 0, 1, 0, 1};

  private final JobTopics topics = SamplerHarness.config("nowhere:1", "job", "one").topics();
  private final List<MiniBatch> log = new ArrayList<>();
  private int looks;
  private long writtenTo = -1; // by who reads what is not committed too; -1 for as far as all

  @Test
  void eachPartitionGoesOnFromTheNewestRecordThatCoversIt() {
    log.add(record(Map.of(0, new Span(0, 3), 1, new Span(0, 5)), FIRST));
    log.add(record(Map.of(1, new Span(5, 5)), SECOND));

    Map<Integer, float[]> found = starts(SCHEMA).of(Map.of(0, 3L, 1, 5L));

    assertThat(found.get(0)).isEqualTo(FIRST);
    assertThat(found.get(1)).isEqualTo(SECOND);
  }

  @Test
  void recordsThatAreCommittedAndCannotBeReadYetAreWaitedFor() {
    log.add(record(Map.of(0, new Span(0, 3)), FIRST));
    writtenTo = 2;
    RecentStarts starts = starts(SCHEMA);

    for (int asked = 0; asked < 1000; asked++) {
      assertThatThrownBy(() -> starts.of(Map.of(0, 9L)))
          .isInstanceOf(TimeoutException.class)
          .hasMessageContaining("can be read up to offset 1 of 2");
    }
    assertThat(looks).as("the log is not read again and again").isEqualTo(1);
    log.add(record(Map.of(0, new Span(3, 9)), SECOND));

    assertThat(starts.of(Map.of(0, 9L)).get(0)).isEqualTo(SECOND);
  }

  @Test
  void transactionsThatBeganSinceAreNotWaitedFor() {
    log.add(record(Map.of(0, new Span(0, 3)), FIRST));
    writtenTo = 2;
    RecentStarts starts = starts(SCHEMA);
    assertThatThrownBy(() -> starts.of(Map.of(0, 9L))).isInstanceOf(TimeoutException.class);
    log.add(record(Map.of(0, new Span(3, 9)), SECOND));
    writtenTo = 7;

    assertThat(starts.of(Map.of(0, 9L)).get(0)).isEqualTo(SECOND);
    assertThatThrownBy(() -> starts.of(Map.of(0, 12L)))
        .as("another time it is another wait")
        .hasMessageContaining("up to offset 2 of 7");
  }

  @Test
  void whereTheLogDoesNotReachTheOffsetTheyBeginAtOnce() {
    log.add(record(Map.of(0, new Span(0, 3), 1, new Span(0, 5)), FIRST));

    Map<Integer, float[]> found = starts(SCHEMA).of(Map.of(0, 9L, 1, 5L, 2, 4L));

    assertThat(found).as("an older record's are wrong").containsOnlyKeys(1);
    assertThat(found.get(1)).isEqualTo(FIRST);
    assertThat(looks).isEqualTo(2);
  }

  @Test
  void aClassThatWasAddedSinceHadNoneOfTheLabels() {
    log.add(record(Map.of(0, new Span(0, 3)), SECOND));

    assertThat(starts(GROWN).of(Map.of(0, 3L)).get(0)).containsExactly(0, 1, 0, 0, 1, 0, 0, 1, 0);
  }

  @Test
  void whereTheNewestRecordTellsNoneTheyBegin() {
    log.add(record(Map.of(0, new Span(0, 3)), FIRST));
    log.add(record(Map.of(0, new Span(3, 4)), null));

    assertThat(starts(SCHEMA).of(Map.of(0, 4L))).isEmpty();
  }

  private RecentStarts starts(Schema schema) {
    return new RecentStarts(
        new BatchLog(this::reader, topics, new Ticker(() -> 0)), this::end, schema);
  }

  private long end(IsolationLevel level) {
    return level == IsolationLevel.READ_COMMITTED ? log.size() : Math.max(log.size(), writtenTo);
  }

  private MockConsumer<byte[], byte[]> reader() {
    MockConsumer<byte[], byte[]> reader = new MockConsumer<>("none");
    TopicPartition batches = new TopicPartition(topics.batches(), 0);
    reader.assign(List.of(batches));
    reader.updateBeginningOffsets(Map.of(batches, 0L));
    reader.updateEndOffsets(Map.of(batches, (long) log.size()));
    reader.seek(batches, 0);
    for (int i = 0; i < log.size(); i++) {
      byte[] value = MiniBatchFormat.write(log.get(i), 1);
      reader.addRecord(new ConsumerRecord<>(batches.topic(), 0, i, new byte[0], value));
    }
    looks++;
    return reader;
  }

  /**
   * @param after of every partition; null to tell none
   */
  private static MiniBatch record(Map<Integer, Span> spans, float @Nullable [] after) {
    TreeMap<Integer, float[]> shares = new TreeMap<>();
    if (after != null) {
      spans.keySet().forEach(partition -> shares.put(partition, after));
    }
    return new MiniBatch(
        Batches.NO_DRAWS,
        Batches.NO_ROWS,
        MiniBatch.Known.nothing(2),
        new float[] {0.5f, 0.5f},
        new float[] {1, 1},
        new float[] {1, 1},
        new MiniBatch.Origin(
            "job",
            1,
            new TreeMap<>(spans),
            new TreeMap<>(),
            100,
            200,
            new StreamIdentity("cluster", "topic"),
            SCHEMA),
        new RecentShares(new float[0], shares));
  }
}
