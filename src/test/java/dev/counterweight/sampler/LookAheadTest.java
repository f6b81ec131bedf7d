package dev.counterweight.sampler;

import static org.assertj.core.api.Assertions.assertThat;

import dev.counterweight.batch.MiniBatch;
import dev.counterweight.config.JobConfig;
import dev.counterweight.protocol.StreamIdentity;
import dev.counterweight.weights.Snapshot;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.IntStream;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.common.record.TimestampType;
import org.junit.jupiter.api.Test;

/** What an evaluation row is served by must not have counted the row. */
class LookAheadTest {
  private static final int COVERED_BY_EACH = 100;
  private static final int PLANTED_AT = 2 * COVERED_BY_EACH - 1;

  private final JobConfig config = SamplerHarness.config("nowhere:1", "ahead", "one", Map.of());

  @Test
  void aLabelThatOnlyTheCoveringSnapshotKnowsServesNoRowThatItCovers() {
    List<MiniBatch> records = new ArrayList<>();
    try (BrokerlessSampler sampler = new BrokerlessSampler(config, snapshot(1, 100, 0))) {
      records.addAll(sampler.use(events(0, COVERED_BY_EACH)));
      sampler.follow(snapshot(2, 199, 1));
      records.addAll(sampler.use(events(COVERED_BY_EACH, 2 * COVERED_BY_EACH)));
      sampler.follow(snapshot(3, 299, 1));
      records.addAll(sampler.use(events(2 * COVERED_BY_EACH, 3 * COVERED_BY_EACH)));
      records.addAll(sampler.finish());
    }

    assertThat(records).hasSizeGreaterThan(6);
    long within = 0;
    for (MiniBatch record : records) {
      long first = record.evaluation().sourceOffset()[0];
      float planted = record.known().prior()[2];
      if (first < COVERED_BY_EACH) {
        assertThat(record.known().prior()).as("nothing is known").containsOnly(0);
        assertThat(record.known().classWeight()).containsOnly(1);
      } else if (first <= PLANTED_AT) {
        within++;
        assertThat(record.prior()[2]).as("its draws pay by the covering snapshot").isPositive();
        assertThat(planted).as("from offset %d", first).isZero();
        assertThat(record.known().prior()[0]).isEqualTo(1);
      } else {
        assertThat(planted).isEqualTo(1 / 200f);
      }
    }
    assertThat(within).as("records of the span with the planted label").isGreaterThan(1);
  }

  private Snapshot snapshot(long version, double common, double planted) {
    long covered = version * COVERED_BY_EACH;
    return Snapshots.of(
        Snapshots.balancedOf(common, 0, planted),
        config.job(),
        version,
        config.events().schema().classes(),
        new TreeMap<>(Map.of(0, covered)),
        new TreeMap<>(Map.of(0, 0L)),
        new TreeMap<>(),
        new StreamIdentity("cluster", "topic"));
  }

  private List<ConsumerRecord<byte[], byte[]>> events(int from, int to) {
    return IntStream.range(from, to).mapToObj(this::event).toList();
  }

  private ConsumerRecord<byte[], byte[]> event(int offset) {
    byte[] value = SamplerHarness.bytes(offset, 1, offset == PLANTED_AT ? 2 : 0);
    return new ConsumerRecord<>(
        config.events().topic(),
        0,
        offset,
        946_684_000_000L,
        TimestampType.CREATE_TIME,
        ConsumerRecord.NULL_SIZE,
        value.length,
        null,
        value,
        new RecordHeaders(),
        Optional.empty());
  }
}
