package dev.counterweight.kafka;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.counterweight.protocol.FailureException;
import java.time.Duration;
import java.util.Map;
import java.util.stream.LongStream;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.MockConsumer;
import org.apache.kafka.clients.consumer.OffsetOutOfRangeException;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.Test;

class TopicTailTest {
  private static final String TOPIC = "job.log";
  private static final TopicPartition LOG = new TopicPartition(TOPIC, 0);

  private final MockConsumer<byte[], byte[]> consumer = new MockConsumer<>("none");
  private final TopicTail<Integer> tail =
      new TopicTail<>(
          consumer,
          TOPIC,
          found -> Integer.valueOf(new String(found.value(), UTF_8)),
          Duration.ofMillis(100));

  @Test
  void aLogThatGivesNothingBeforeItsEndIsNoAnswerAndSaysWhere() {
    log(0, 3, 0);

    assertThatThrownBy(tail::newest)
        .hasMessageContaining(TOPIC)
        .hasMessageContaining("offset 1, before its end at 3")
        .satisfies(e -> assertThat(Retry.isNoAnswer(e)).isTrue());
  }

  @Test
  void aRecordReadBeforeAnOutageIsNotTakenForTheNewest() {
    log(0, 3, 0);
    assertThatThrownBy(tail::newest).isInstanceOf(Exception.class);

    log(0, 10, 9);

    assertThat(tail.newest()).contains(9);
  }

  @Test
  void whatComesAfterTheNewestIsFollowed() {
    log(0, 2, 0, 1);
    assertThat(tail.newest()).contains(1);
    assertThat(tail.follow(Duration.ZERO)).as("still the newest").contains(1);

    log(0, 4, 2, 3);

    assertThat(tail.follow(Duration.ZERO)).contains(3);
  }

  @Test
  void anEmptyLogHasNoNewestRecord() {
    log(7, 7);

    assertThat(tail.newest()).isEmpty();
    assertThat(tail.position()).isEqualTo(7);
  }

  @Test
  void aLookBesideLeavesTheNextRecordWhatItWas() {
    log(0, 5, 0, 1, 2, 3, 4);
    assertThat(tail.next(Duration.ZERO)).contains(0);

    log(0, 5, 2, 3, 4);
    assertThat(tail.newestBelow(4)).contains(3);

    assertThat(tail.position()).isEqualTo(1);
    assertThat(tail.next(Duration.ZERO)).contains(1);
  }

  @Test
  void aSeekWithinWhatIsFetchedFetchesNothingAgain() {
    log(0, 5, 0, 1, 2, 3, 4);
    assertThat(tail.next(Duration.ZERO)).contains(0);

    tail.seek(3);

    // The consumer has handed over what it had: it would find nothing.
    assertThat(tail.next(Duration.ZERO)).contains(3);
    assertThat(tail.position()).isEqualTo(4);
  }

  @Test
  void whatIsReadUpToAnEndLeavesWhatStandsBehindIt() {
    log(0, 3, 0, 1, 2);

    assertThat(tail.nextBelow(2)).contains(0);
    assertThat(tail.nextBelow(2)).contains(1);
    assertThat(tail.nextBelow(2)).isEmpty();
    assertThat(tail.next(Duration.ZERO)).contains(2);
  }

  @Test
  void anOffsetThatIsNotKeptLeadsToTheOldestThatIs() {
    log(5, 8, 5, 6, 7);

    tail.seekKept(6);
    assertThat(tail.position()).isEqualTo(6);
    tail.seekKept(2);
    assertThat(tail.position()).as("deleted").isEqualTo(5);
    tail.seekKept(9);
    assertThat(tail.position()).as("of a log that was deleted").isEqualTo(5);
  }

  @Test
  void aLogWhoseBeginningWasDeletedSaysSo() {
    log(5, 8, 5, 6, 7);

    assertThatThrownBy(() -> tail.next(Duration.ZERO))
        .isInstanceOf(OffsetOutOfRangeException.class);
  }

  @Test
  void aRecordThatCannotBeReadTellsWhereItStands() {
    log(0, 1);
    consumer.addRecord(new ConsumerRecord<>(TOPIC, 0, 0, new byte[0], "x".getBytes(UTF_8)));

    assertThatThrownBy(() -> tail.next(Duration.ZERO))
        .isInstanceOf(FailureException.class)
        .hasMessageStartingWith("topic 'job.log', offset 0: ");
  }

  /** Sets the log's bounds, and adds records at some offsets, whose values are their offsets. */
  private void log(long first, long end, long... offsets) {
    consumer.updateBeginningOffsets(Map.of(LOG, first));
    consumer.updateEndOffsets(Map.of(LOG, end));
    LongStream.of(offsets)
        .forEach(
            offset ->
                consumer.addRecord(
                    new ConsumerRecord<>(
                        TOPIC, 0, offset, new byte[0], Long.toString(offset).getBytes(UTF_8))));
  }
}
