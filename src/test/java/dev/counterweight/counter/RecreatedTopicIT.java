package dev.counterweight.counter;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.counterweight.demo.SharedBroker;
import dev.counterweight.protocol.FailureException;
import dev.counterweight.runtime.RunningRole;
import java.util.Map;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** An events topic that is deleted and created again while it is counted. */
@Timeout(180)
class RecreatedTopicIT {
  private static final int COUNTED = 10;

  /** With fewer events than were counted offsets are out of range; with more nothing tells. */
  @ParameterizedTest
  @ValueSource(ints = {5, 50})
  void aTopicCreatedAgainUnderTheCounterIsRefusedAndNotCountedOn(int events) throws Exception {
    CountedJob job =
        new CountedJob(1, Map.of("kafka.metadata.max.age.ms", "500", "events.lost", "continue"));
    job.send(0, COUNTED, "ok");
    try (RunningRole counter = job.start()) {
      CountedJob.awaitEvents(counter, COUNTED);
      SharedBroker.recreateTopic(job.topic, 1);
      job.send(0, events, "fraud");

      assertThatThrownBy(counter::awaitEnd)
          .isInstanceOf(FailureException.class)
          .hasMessageContaining("topic '" + job.topic + "' was deleted and created again")
          .hasMessageContaining("Start a new job");
    }
    assertThatThrownBy(() -> job.countToEnd(Map.of()))
        .isInstanceOf(FailureException.class)
        .hasMessageContaining("counted another topic");
    assertThat(job.newest().offsets().from()).containsEntry(0, 0L);
  }
}
