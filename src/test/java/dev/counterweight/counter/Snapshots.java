package dev.counterweight.counter;

import static org.assertj.core.api.Assertions.assertThat;

import dev.counterweight.kafka.KafkaClients;
import dev.counterweight.kafka.WholeLog;
import dev.counterweight.weights.Snapshot;
import dev.counterweight.weights.SnapshotJson;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.Consumer;

/** What a counter committed, read as another role would. */
final class Snapshots {
  private Snapshots() {}

  /** Every committed snapshot of the job, oldest first; none while there is no such topic. */
  public static List<Snapshot> of(KafkaClients clients, String job) {
    String topic = job + ".class-weights";
    try (Consumer<byte[], byte[]> consumer = clients.consumer("look", Map.of())) {
      if (consumer.partitionsFor(topic).isEmpty()) {
        return List.of();
      }
    }
    return WholeLog.read(clients, topic, SnapshotJson::read);
  }

  /** No version is missing or twice, and no partition's cover goes back or away. */
  static void assertVersionsAndCoverGrow(List<Snapshot> all) {
    for (int i = 1; i < all.size(); i++) {
      Snapshot before = all.get(i - 1);
      Snapshot after = all.get(i);
      assertThat(after.version()).isEqualTo(before.version() + 1);
      assertThat(after.offsets().from())
          .as("version %d", after.version())
          .containsAllEntriesOf(before.offsets().from());
      before
          .offsets()
          .covered()
          .forEach(
              (partition, next) ->
                  assertThat(after.offsets().covered().get(partition))
                      .as("version %d, partition %d", after.version(), partition)
                      .isGreaterThanOrEqualTo(next));
    }
  }
}
