package dev.counterweight.trainer;

import dev.counterweight.checkpoint.StoredCheckpoint;
import dev.counterweight.config.JobConfig;
import dev.counterweight.kafka.KafkaClients;
import java.util.Optional;

/** What a job announced last. Stateless. */
public final class NewestCheckpoint {
  private NewestCheckpoint() {}

  /**
   * The newest announced checkpoint that is whole, from the store or from its announcement.
   * Disturbs no trainer. Empty if there is none.
   */
  public static Optional<StoredCheckpoint> of(JobConfig config, KafkaClients clients) {
    return Announcements.read(clients, config.topics()).newestWhole(Checkpoints.store(config));
  }
}
