package dev.counterweight.streams;

import static org.assertj.core.api.Assertions.assertThat;

import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.Test;

class OwnReadingTest {
  private static final TopicPartition P = new TopicPartition("events", 0);

  private final OwnReading own = new OwnReading();

  /** A record that fails each time it is read must not look as if the role got any further. */
  @Test
  void aRecordThatIsTakenInAgainAfterAFailureIsNoProgress() {
    own.take(P, 0, 1);
    own.take(P, 1, 1);

    own.begin(P, 0);
    assertThat(own.take(P, 0, 1)).isZero();
    own.take(P, 1, 1);
    assertThat(own.taken()).isEqualTo(2);

    own.take(P, 2, 1);
    own.take(new TopicPartition("labels", 0), 0, 1);
    assertThat(own.taken()).isEqualTo(4);
  }
}
