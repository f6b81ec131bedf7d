package dev.counterweight.trainer;

import dev.counterweight.checkpoint.Announced;
import dev.counterweight.checkpoint.Announcement;
import dev.counterweight.checkpoint.CheckpointFolder;
import dev.counterweight.checkpoint.CheckpointManifest;
import dev.counterweight.checkpoint.StoredCheckpoint;
import dev.counterweight.config.EventsConfig;
import dev.counterweight.config.JobConfig;
import dev.counterweight.kafka.AdminCalls;
import dev.counterweight.kafka.KafkaClients;
import dev.counterweight.kafka.LogEnds;
import dev.counterweight.protocol.FailureException;
import dev.counterweight.protocol.JobTopics;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.GroupIdNotFoundException;
import org.apache.kafka.common.errors.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * Makes an older checkpoint the one that training resumes from: announces it anew, as the trainer
 * that has the lead would, so that no trainer can be in between. What was trained on since is
 * trained on again, from the batch log. Not thread-safe.
 */
public final class Rollback {
  private static final Duration TIMEOUT = Duration.ofSeconds(30);
  private static final Duration POLL_TIMEOUT = Duration.ofMillis(200);

  private final JobConfig config;
  private final KafkaClients clients;
  private final JobTopics topics;
  private final CheckpointFolder store;

  /**
   * A checkpoint that was announced and is kept.
   *
   * @param manifest what it says of itself, or null if it cannot be read
   * @param problem why it cannot be read, or null if it can
   * @param retired whether it was deleted when newer ones replaced it
   */
  public record Kept(
      String name,
      @Nullable CheckpointManifest manifest,
      @Nullable String problem,
      boolean retired) {}

  public Rollback(JobConfig config, KafkaClients clients) {
    this.config = config;
    this.clients = clients;
    this.topics = config.topics();
    this.store = Checkpoints.store(config);
  }

  /** The checkpoints announced, the current one first. Disturbs no trainer. */
  public List<Kept> kept() {
    List<Kept> kept = new ArrayList<>();
    Announced announced = Announcements.read(clients, topics);
    for (Announcement.Ref ref : announced.refs()) {
      try {
        kept.add(new Kept(ref.name(), store.read(ref).manifest(), null, false));
      } catch (IOException | IllegalArgumentException e) {
        kept.add(
            new Kept(ref.name(), null, String.valueOf(e.getMessage()), announced.retired(ref)));
      }
    }
    return kept;
  }

  /**
   * Announces a checkpoint as the current one.
   *
   * @return what it says of itself
   * @throws FailureException if a trainer is running, if there is no such checkpoint, if it is
   *     damaged, or if the batch log no longer reaches back to it; then nothing was announced
   */
  public CheckpointManifest to(String name) {
    requireNoTrainer();
    try (Leadership lead = new Leadership(clients, topics)) {
      awaitLead(lead);
      try (Announcements announcements = new Announcements(clients, topics)) {
        return announce(name, announcements, lead).manifest();
      } catch (Announcements.LeadLostException | Announcements.NotNowException e) {
        throw new FailureException(
            "the group '%s' did not keep this command in the lead: nothing was announced, try again"
                .formatted(topics.groupOf("trainer")),
            e);
      } catch (TimeoutException e) {
        throw new FailureException(
            "whether '%s' was announced is not known, try again: %s"
                .formatted(name, e.getMessage()),
            e);
      }
    }
  }

  private StoredCheckpoint announce(String name, Announcements announcements, Leadership lead)
      throws Announcements.LeadLostException, Announcements.NotNowException {
    Announced announced = announcements.read();
    List<Announcement.Ref> refs = announced.refs();
    Announcement.Ref ref =
        refs.stream()
            .filter(candidate -> candidate.name().equals(name))
            .findFirst()
            .orElseThrow(() -> unknown(name, refs));
    StoredCheckpoint stored = whole(ref, announced.retired(ref));
    CheckpointRules.requireSound(stored.manifest());
    requireBatches(stored.manifest());
    announcements.announce(
        Announcement.of(
            stored,
            refs.subList(refs.indexOf(ref) + 1, refs.size()),
            config.trainer().checkpoints().inlineMaxBytes()),
        lead.membership());
    return stored;
  }

  private FailureException unknown(String name, List<Announcement.Ref> refs) {
    return new FailureException(
        "job '%s' has no announced checkpoint '%s'; there are: %s"
            .formatted(config.job(), name, refs.stream().map(Announcement.Ref::name).toList()));
  }

  private StoredCheckpoint whole(Announcement.Ref ref, boolean retired) {
    try {
      return store.read(ref);
    } catch (IOException | IllegalArgumentException e) {
      throw new FailureException(
          "checkpoint '%s' cannot be read from %s: %s%s"
              .formatted(
                  ref.name(),
                  store.location(ref.name()),
                  e.getMessage(),
                  retired
                      ? "; newer ones replaced it, of which checkpoint.keep=%d are kept"
                          .formatted(config.trainer().checkpoints().keep())
                      : ""),
          e);
    }
  }

  private void awaitLead(Leadership lead) {
    long deadlineNs = System.nanoTime() + TIMEOUT.toNanos();
    while (!lead.poll(POLL_TIMEOUT)) {
      if (System.nanoTime() > deadlineNs) {
        throw new FailureException(
            "another member of group '%s' has the lead: stop every trainer of the job first"
                .formatted(topics.groupOf("trainer")));
      }
    }
  }

  private void requireNoTrainer() {
    String group = topics.groupOf("trainer");
    try (Admin admin = clients.admin(group + ".rollback")) {
      int members =
          new AdminCalls(admin, TIMEOUT, config.kafka())
                  .ask(
                      "look at group '" + group + "'",
                      client -> client.describeConsumerGroups(List.of(group)).all())
                  .values()
                  .stream()
                  .mapToInt(description -> description.members().size())
                  .sum();
      if (members > 0) {
        throw new FailureException(
            "%d running trainer(s) in group '%s': stop every trainer of the job first; one that was killed leaves within 10 s"
                .formatted(members, group));
      }
    } catch (FailureException e) {
      if (!(e.getCause() instanceof GroupIdNotFoundException)) {
        throw e;
      }
    }
  }

  /** A trainer that cannot read on from the checkpoint would refuse to start. */
  private void requireBatches(CheckpointManifest manifest) {
    TopicPartition batches = new TopicPartition(topics.batches(), 0);
    try (Consumer<byte[], byte[]> consumer =
        clients.consumer(topics.groupOf("trainer") + ".rollback", Map.of())) {
      long start = new LogEnds(consumer).first(batches);
      if (manifest.position().batchOffset() < start
          && config.events().lost() == EventsConfig.Lost.FAIL) {
        throw new FailureException(
            "that checkpoint stands at offset %d of '%s', which now begins at %d: records in between are deleted; events.lost=continue goes on without them"
                .formatted(manifest.position().batchOffset(), topics.batches(), start));
      }
    }
  }
}
