package dev.counterweight.streams;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.Test;

class CommittedOffsetsTest {
  private static final TopicPartition A = new TopicPartition("events", 0);
  private static final TopicPartition B = new TopicPartition("events", 1);

  private final CommittedOffsets offsets = new CommittedOffsets();

  @Test
  void whatMovesIsSentAlone() {
    offsets.opened(Map.of(A, at(3), B, at(5)));
    assertThat(offsets.sent(Map.of(A, at(4)))).isEqualTo(Map.of(A, at(4)));
  }

  @Test
  void whereNothingMovesWhatIsCommittedIsSentOnceMore() {
    offsets.opened(Map.of(A, at(3), B, at(5)));
    offsets.sent(Map.of(A, at(4)));
    offsets.committed();
    assertThat(offsets.sent(Map.of())).isEqualTo(Map.of(A, at(4), B, at(5)));
    offsets.committed();
    assertThat(offsets.sent(Map.of())).isEqualTo(Map.of(A, at(4), B, at(5)));
  }

  @Test
  void aCommitThatTimedOutIsTriedAgainWithoutMoreOffsets() {
    offsets.opened(Map.of(A, at(3), B, at(5)));
    offsets.sent(Map.of(A, at(4)));
    assertThat(offsets.sent(Map.of())).isEmpty();
    offsets.committed();
    assertThat(offsets.sent(Map.of())).isEqualTo(Map.of(A, at(4), B, at(5)));
  }

  @Test
  void whatMayOrMayNotBeCommittedIsNotSentAgain() {
    offsets.opened(Map.of(A, at(3), B, at(5)));
    offsets.sent(Map.of(A, at(4)));
    offsets.aborted();
    assertThat(offsets.sent(Map.of())).isEqualTo(Map.of(B, at(5)));
  }

  @Test
  void whatWasGivenUpBeforeItsCommitEndedIsNotSentAgain() {
    offsets.opened(Map.of(A, at(3), B, at(5)));
    offsets.sent(Map.of(A, at(4)));
    offsets.revoked(List.of(A));
    offsets.committed();
    assertThat(offsets.sent(Map.of())).isEqualTo(Map.of(B, at(5)));
  }

  @Test
  void aTaskOpenedBeforeACommitIsKnownToHaveEndedGoesByWhatItFound() {
    offsets.opened(Map.of(A, at(3)));
    offsets.sent(Map.of(A, at(4)));
    offsets.opened(Map.of(A, at(6)));
    offsets.committed();
    assertThat(offsets.sent(Map.of())).isEqualTo(Map.of(A, at(6)));
  }

  @Test
  void whatIsAnothersIsNotSentAgain() {
    offsets.opened(Map.of(A, at(3), B, at(5)));
    offsets.revoked(List.of(A));
    assertThat(offsets.sent(Map.of())).isEqualTo(Map.of(B, at(5)));
  }

  @Test
  void aTaskOpenedAnewGoesByWhatWasFoundThen() {
    offsets.opened(Map.of(A, at(3), B, at(5)));
    Map<TopicPartition, OffsetAndMetadata> found = new HashMap<>();
    found.put(A, at(7));
    found.put(B, null); // as Kafka has one of which nothing is
    offsets.opened(found);
    assertThat(offsets.sent(Map.of())).isEqualTo(Map.of(A, at(7)));
  }

  @Test
  void whereNothingIsCommittedItIsWhereAPartitionBegins() {
    offsets.opened(Map.of(A, at(3)));
    offsets.begun(Map.of(B, 2L));
    Map<TopicPartition, OffsetAndMetadata> none = new HashMap<>();
    none.put(B, null);
    offsets.opened(none); // Kafka Streams asks before and after it has set a position
    assertThat(offsets.sent(Map.of())).isEqualTo(Map.of(A, at(3), B, at(2)));
    offsets.committed();
    offsets.sent(Map.of(B, at(9)));
    offsets.committed();
    assertThat(offsets.sent(Map.of())).isEqualTo(Map.of(A, at(3), B, at(9)));
  }

  private static OffsetAndMetadata at(long offset) {
    return new OffsetAndMetadata(offset);
  }
}
