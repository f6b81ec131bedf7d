package dev.counterweight.streams;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.counterweight.kafka.NoAnswerException;
import dev.counterweight.kafka.Retry;
import dev.counterweight.protocol.FailureException;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.kafka.common.errors.TimeoutException;
import org.junit.jupiter.api.Test;

class StreamsEndTest {
  private final AtomicInteger asked = new AtomicInteger();
  private boolean draining;
  private final StreamsEnd end =
      new StreamsEnd("counter", "broker:9092", new Retry(() -> draining), () -> draining);

  @Test
  void nothingIsStartedBesideThreadsOfAFailedTopologyThatStillEnd() {
    end.await(limit -> asked.incrementAndGet() == 3, defect());

    assertThat(asked).hasValue(3);
  }

  @Test
  void threadsOfAFailedTopologyThatHangEndTheRole() {
    assertThatThrownBy(() -> end.await(limit -> asked.incrementAndGet() < 0, defect()))
        .isInstanceOf(FailureException.class)
        .isNotInstanceOf(NoAnswerException.class)
        .hasMessageContaining("a defect")
        .hasMessageContaining("have not ended for 60 s");
    assertThat(asked).hasValue(StreamsEnd.ATTEMPTS_AFTER_FAILURE);
  }

  @Test
  void threadsThatWaitForABrokerAreWaitedForUntilTheRoleIsToStop() {
    assertThatThrownBy(
            () ->
                end.await(
                    limit -> {
                      draining = asked.incrementAndGet() >= 4;
                      return false;
                    },
                    Optional.of(new TimeoutException("away"))))
        .isInstanceOf(NoAnswerException.class)
        .hasMessageContaining("broker:9092");
    assertThat(asked).hasValue(4);
  }

  private static Optional<Throwable> defect() {
    return Optional.of(new IllegalStateException("a defect"));
  }
}
