package dev.counterweight.counter;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.counterweight.config.JobConfig;
import dev.counterweight.runtime.Role;
import dev.counterweight.runtime.RunningRole;
import java.time.Clock;
import java.util.Map;
import org.apache.kafka.clients.producer.Producer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A producer's transaction stands open in the events topic, with committed events behind it. */
@Timeout(120)
class OpenTransactionIT {
  private final CountedJob job = new CountedJob(1, Map.of());
  private final Producer<byte[], byte[]> open =
      job.clients.transactionalProducer(job.name + ".open", Map.of());

  @AfterEach
  void close() {
    open.close();
  }

  @Test
  void theGapAndItsAgeAreMeasuredUntilTheTransactionEnds() throws Exception {
    try (RunningRole counter = job.start()) {
      job.send(0, 100, "ok");
      CountedJob.awaitEvents(counter, 100);
      await().atMost(CountedJob.TIMEOUT).until(() -> gauge("counterweight.events.held") == 0);
      assertThat(gauge("counterweight.events.held.time")).isZero();

      leaveOpen();
      job.send(0, 50, "fraud");

      await().atMost(CountedJob.TIMEOUT).until(() -> gauge("counterweight.events.held") == 51);
      assertThat(gauge("counterweight.lag.records")).as("no lag tells of it").isZero();
      await().atMost(CountedJob.TIMEOUT).until(() -> gauge("counterweight.events.held.time") >= 2);

      open.commitTransaction();
      CountedJob.awaitEvents(counter, 151);
      await().atMost(CountedJob.TIMEOUT).until(() -> gauge("counterweight.events.held") == 0);
      assertThat(gauge("counterweight.events.held.time")).isZero();
    }
  }

  @Test
  void runToTheEndSaysWhatItCouldNotWaitFor() throws Exception {
    job.send(0, 100, "ok");
    leaveOpen();
    job.send(0, 50, "fraud");

    JobConfig config = job.config(Map.of());
    try (RunningRole role =
        new RunningRole(
            new CounterRole(config, job.clients, job.registry, Clock.systemUTC(), true))) {
      role.awaitEnd();

      assertThat(role.summary())
          .containsEntry("events", 100L)
          .containsEntry("offsets_not_waited_for", 51L);
      assertThat(role.status())
          .isEqualTo(
              new Role.Status(
                  Role.State.DONE,
                  "counted 100 events; 51 offsets behind an open transaction were not waited for"));
    }

    open.commitTransaction();
    assertThat(job.countToEnd(Map.of()))
        .as("nothing was lost")
        .containsEntry("events", 51L)
        .doesNotContainKey("offsets_not_waited_for");
  }

  private void leaveOpen() throws Exception {
    open.initTransactions();
    open.beginTransaction();
    open.send(job.event(0, "ok")).get();
  }

  private double gauge(String name) {
    return job.registry.get(name).gauge().value();
  }
}
