package dev.counterweight.streams;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import org.apache.kafka.clients.consumer.MockConsumer;
import org.apache.kafka.clients.consumer.NoOffsetForPartitionException;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.Test;

class ConsumerReadingTest {
  private static final TopicPartition P = new TopicPartition("t", 0);

  private final MockConsumer<byte[], byte[]> consumer = new MockConsumer<>("none");

  /** Thrown behind a poll, it would take the records of other partitions with it. */
  @Test
  void aPartitionWithoutPositionIsUnknownAndNoError() {
    consumer.assign(List.of(P));

    assertThatThrownBy(() -> consumer.position(P, Duration.ZERO))
        .isInstanceOf(NoOffsetForPartitionException.class);
    assertThat(new StreamsClients.ConsumerReading(consumer).position(P)).isEmpty();
  }

  @Test
  void aPartitionThatIsReadHasItsPosition() {
    consumer.assign(List.of(P));
    consumer.updateEndOffsets(Map.of(P, 9L));
    consumer.seek(P, 7);

    assertThat(new StreamsClients.ConsumerReading(consumer).position(P))
        .isEqualTo(OptionalLong.of(7));
  }
}
