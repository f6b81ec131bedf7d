package dev.counterweight.streams;

import static org.assertj.core.api.Assertions.assertThat;

import dev.counterweight.streams.PolledPositions.Polled;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.Test;

class PolledPositionsTest {
  private static final TopicPartition P = new TopicPartition("t", 0);

  private final PolledPositions positions = new PolledPositions();
  private final PolledPositions.Share share = positions.share();

  @Test
  void aPartitionIsDoneUpToThePositionOnceItsLastRecordIsProcessed() {
    share.polled(records(5, 6, 8), at(P, 10));

    Polled polled = positions.of(P).orElseThrow();
    assertThat(polled).isEqualTo(new Polled(8, 10));
    assertThat(polled.done(-1)).isZero();
    assertThat(polled.done(6)).isEqualTo(7);
    assertThat(polled.done(8)).isEqualTo(10);
  }

  @Test
  void anEmptyPollMovesThePositionAndKeepsWhatIsStillToBeProcessed() {
    share.polled(records(5, 6), at(P, 7));
    share.polled(records(), at(P, 9)); // markers

    assertThat(positions.of(P)).contains(new Polled(6, 9));
  }

  @Test
  void aPartitionThatWasReadToItsEndBeforeIsDoneWithoutAnyRecord() {
    share.polled(records(), at(P, 40));

    assertThat(positions.of(P).orElseThrow().done(-1)).isEqualTo(40);
  }

  @Test
  void aPositionThatWasSoughtBackForgetsWhatWasPolled() {
    share.polled(records(5, 6), at(P, 7));
    share.polled(records(), at(P, 3));

    assertThat(positions.of(P)).contains(new Polled(-1, 3));
  }

  @Test
  void aPollThatLeavesThePositionUnknownIsNotDoneBeforeItsRecordsAre() {
    share.polled(records(5, 6), at(P, 7));
    share.polled(records(7, 8), new Reading(Collections.singletonMap(P, null)));
    share.polled(records(), at(P, 12)); // markers

    Polled polled = positions.of(P).orElseThrow();
    assertThat(polled).isEqualTo(new Polled(8, 12));
    assertThat(polled.done(6)).isEqualTo(7);
  }

  @Test
  void aPartitionThatWentIsUnknownAndAnotherConsumersStays() {
    share.polled(records(5), at(P, 6));
    PolledPositions.Share other = positions.share();
    share.polled(records(), at(new TopicPartition("t", 1), 0));
    assertThat(positions.of(P)).isEmpty();

    share.polled(records(5), at(P, 6));
    other.polled(records(7), at(P, 8));
    share.polled(records(), new Reading(Map.of()));

    assertThat(positions.of(P)).contains(new Polled(7, 8));
  }

  private static Reading at(TopicPartition partition, long position) {
    return new Reading(Map.of(partition, position));
  }

  private static ConsumerRecords<byte[], byte[]> records(long... offsets) {
    Map<TopicPartition, List<ConsumerRecord<byte[], byte[]>>> records = new HashMap<>();
    if (offsets.length > 0) {
      records.put(
          P,
          Arrays.stream(offsets)
              .mapToObj(o -> new ConsumerRecord<byte[], byte[]>("t", 0, o, null, new byte[1]))
              .toList());
    }
    return new ConsumerRecords<>(records, Map.of());
  }

  private record Reading(Map<TopicPartition, Long> at) implements Intake.Reading {
    @Override
    public Set<TopicPartition> partitions() {
      return at.keySet();
    }

    @Override
    public OptionalLong position(TopicPartition partition) {
      Long position = at.get(partition);
      return position == null ? OptionalLong.empty() : OptionalLong.of(position);
    }

    @Override
    public OptionalLong lag(TopicPartition partition) {
      return OptionalLong.of(0);
    }
  }
}
