package dev.counterweight.trainer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.counterweight.batch.MiniBatch;
import dev.counterweight.protocol.FailureException;
import dev.counterweight.protocol.InvariantException;
import dev.counterweight.protocol.Span;
import dev.counterweight.protocol.StreamIdentity;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class BatchSequenceTest {
  private final Progress progress = new Progress(3);
  private BatchSequence sequence = sequence(job());

  @Test
  void recordsWhoseSpansJoinComeOneAfterAnother() {
    take(10, 0, 100);
    // The markers of a transaction take offsets, and a partition may be new.
    take(12, 100, 250);
    sequence.take(13, origin("topic-1", Map.of(0, new Span(250, 250), 7, new Span(31, 40))));
  }

  @Test
  void aRecordBelowTheOffsetToReadOnAtIsRefused() {
    take(10, 0, 100);
    assertThatThrownBy(() -> sequence.take(10, origin("topic-1", Map.of())))
        .isInstanceOf(InvariantException.class)
        .hasMessageStartingWith(
            "the offsets of batch records rise: expected 11 or more, found 10; ");
    assertThatThrownBy(() -> sequence(job()).take(9, origin("topic-1", Map.of())))
        .isInstanceOf(InvariantException.class)
        .hasMessageContaining("expected 10 or more, found 9");
  }

  @Test
  void aSpanThatBeginsBelowTheLastOnesEndIsRefusedWhateverMayBeLost() {
    for (String lost : new String[] {"fail", "continue"}) {
      sequence = sequence(job().with("events.lost", lost));
      take(10, progress.spans().getOrDefault(0, 0L), 100);
      assertThatThrownBy(() -> take(11, 99, 200))
          .isInstanceOf(InvariantException.class)
          .hasMessageStartingWith(
              "partition 0: a span begins where the last ended, or above with events.lost=continue:"
                  + " expected 100, found 99; ");
    }
  }

  @Test
  void aSpanThatLeavesEventsOutIsRefusedUnlessEventsMayBeLost() {
    take(10, 0, 100);
    assertThatThrownBy(() -> take(11, 101, 200))
        .isInstanceOf(InvariantException.class)
        .hasMessageContaining("expected 100, found 101");

    sequence = sequence(job().with("events.lost", "continue"));
    take(11, 101, 200);
    assertThat(progress.spans()).containsEntry(0, 200L);
  }

  @Test
  void aRecordOfAnotherEventsTopicMayBePassedOverButNotTrainedOn() {
    take(10, 0, 100);
    sequence.requireSource(origin("topic-1", Map.of()));
    MiniBatch.Origin other = origin("topic-2", Map.of(0, new Span(0, 5)));

    assertThat(sequence.take(11, other)).isFalse();
    assertThatThrownBy(() -> sequence.requireSource(other))
        .isInstanceOf(FailureException.class)
        .hasMessageContaining("trained on events topic id topic-1 of cluster c")
        .hasMessageContaining("is of topic id topic-2 of cluster c");
  }

  private void take(long offset, long from, long to) {
    MiniBatch.Origin origin = origin("topic-1", Map.of(0, new Span(from, to)));
    assertThat(sequence.take(offset, origin)).isTrue();
    progress.passOver(origin, true);
  }

  private BatchSequence sequence(TrainerJob job) {
    return new BatchSequence(job.config(), progress, null, 10);
  }

  private static TrainerJob job() {
    return new TrainerJob("localhost:1", "any", Path.of("unused"));
  }

  private static MiniBatch.Origin origin(String topicId, Map<Integer, Span> spans) {
    return new MiniBatch.Origin(
        "any",
        1,
        new TreeMap<>(spans),
        new TreeMap<>(),
        0,
        1,
        new StreamIdentity("c", topicId),
        null);
  }
}
