package dev.counterweight.inference;

import static org.assertj.core.api.Assertions.assertThat;

import dev.counterweight.event.EventSchema;
import dev.counterweight.runtime.JobMeters;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class DeskTest {
  private static final Limits LIMITS = Limits.of(1 << 20, 10_000);

  /** A model's memory is given back after it: nobody may still be reading that. */
  @Test
  void closesOnceItsWorkersAreDoneEvenWhereTheOneWhoClosesIsInterrupted() throws Exception {
    Answers answers =
        new Answers(
            "fraud",
            "1",
            TestModels.source(),
            LIMITS,
            new EventForm(EventSchema.Envelope.NONE, LIMITS.requestBytes()));
    Desk desk =
        new Desk(
            answers,
            new InferenceMeters(new JobMeters(new SimpleMeterRegistry(), "fraud"), () -> 0),
            LIMITS);
    CountDownLatch begun = new CountDownLatch(1);
    AtomicBoolean done = new AtomicBoolean();
    desk.execute(
        () -> {
          begun.countDown();
          long untilNs = System.nanoTime() + 500_000_000;
          while (System.nanoTime() - untilNs < 0) {
            Thread.onSpinWait(); // as native code, which no interrupt ends
          }
          done.set(true);
        });
    begun.await();

    Thread.currentThread().interrupt();
    desk.close();

    assertThat(Thread.interrupted()).isTrue();
    assertThat(done).isTrue();
  }
}
