package dev.counterweight.counter;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.counterweight.runtime.RunningRole;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Settings of Kafka Streams that production turns on, under kafka.streams. */
@Timeout(180)
class StreamsSettingsIT {
  @Test
  void countersWithThreadsAndStandbysStayExactWhenOneGoes() throws Exception {
    CountedJob job =
        new CountedJob(
            4,
            Map.of(
                "kafka.streams.num.stream.threads", "2",
                "kafka.streams.num.standby.replicas", "1"));
    try (RunningRole stays = job.start()) {
      try (RunningRole goes = job.start()) {
        for (int partition = 0; partition < 4; partition++) {
          job.send(partition, 100, "ok");
        }
        CountedJob.awaitEvents(goes, 400);
        // Four partitions and the merger, each counted by one and kept warm by the other.
        await()
            .atMost(CountedJob.TIMEOUT)
            .untilAsserted(
                () -> assertThat(tasks(stays, " tasks") + tasks(goes, " tasks")).isEqualTo(5));
        await()
            .atMost(CountedJob.TIMEOUT)
            .untilAsserted(
                () ->
                    assertThat(tasks(stays, " standbys") + tasks(goes, " standbys")).isEqualTo(5));
      }
      for (int partition = 0; partition < 4; partition++) {
        job.send(partition, 10, "fraud");
      }
      CountedJob.awaitEvents(stays, 440);
    }
    assertThat(job.newest().counts().events()).containsExactly(400, 40);
    Snapshots.assertVersionsAndCoverGrow(job.snapshots());
  }

  private static int tasks(RunningRole counter, String word) {
    String detail = counter.status().detail();
    int end = detail.indexOf(word);
    return end < 0
        ? -1
        : Integer.parseInt(detail.substring(detail.lastIndexOf(' ', end - 1) + 1, end));
  }
}
