package dev.counterweight.campaign;

import dev.counterweight.batch.MiniBatch;
import dev.counterweight.checkpoint.Announcement;
import dev.counterweight.config.JobConfig;
import dev.counterweight.kafka.KafkaClients;
import dev.counterweight.protocol.ServedScore;
import dev.counterweight.protocol.TrainerReport;
import dev.counterweight.weights.Snapshot;
import java.util.Collections;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * A job as it is seen from outside: its topics, read committed to their ends, and how its processes
 * ended. Its checkpoints lie where its configuration says. Lists are in the order of their topics.
 *
 * @param scope what there is to hold to the rules
 * @param events places of the user's topic of events at which there is a record
 * @param ends of the topic that counter and sampler read, by partition: the offset after the last
 *     record that is committed
 * @param joined what the joiner wrote; empty without one
 */
public record Observed(
    JobConfig config,
    Scope scope,
    Set<Place> events,
    SortedMap<Integer, Long> ends,
    List<Joined> joined,
    List<Snapshot> snapshots,
    List<Batch> batches,
    List<Announcement> announcements,
    List<Score> scores,
    List<Letter> letters,
    List<TrainerReport> reports,
    List<Exit> exits) {

  /** A role that takes part. */
  public enum Part {
    JOINER,
    COUNTER,
    SAMPLER,
    TRAINER,
    SCORER
  }

  /**
   * What there is to look at.
   *
   * @param complete whether all that was sent has been worked off; else what is missing may come
   *     yet, and only what is there is judged
   */
  public record Scope(Set<Part> parts, boolean complete) {
    public Scope {
      parts = Set.copyOf(parts);
    }

    /** Every role that the configuration asks for. */
    public static Scope of(JobConfig config, boolean complete) {
      EnumSet<Part> parts = EnumSet.of(Part.COUNTER, Part.SAMPLER, Part.TRAINER);
      if (config.labels() != null) {
        parts.add(Part.JOINER);
      }
      if (config.scoresTopic()) {
        parts.add(Part.SCORER);
      }
      return new Scope(parts, complete);
    }

    boolean has(Part part) {
      return parts.contains(part);
    }
  }

  /**
   * A record of the joiner's.
   *
   * @param origin of the event, in the user's topic
   * @param replaces class that the event had before; -1 if it had none
   */
  public record Joined(
      Place place, Place origin, int label, int replaces, long timeMs, long waitedMs) {}

  /** A batch record at its offset. */
  public record Batch(long offset, MiniBatch record) {}

  /** A score in its partition. */
  public record Score(int partition, ServedScore score) {}

  /**
   * A dead letter.
   *
   * @param topic in which the record that was refused stands
   * @param unscored whether the scorer refused it
   * @param omitted letters before it that were not written, as it says
   */
  public record Letter(String topic, Place place, boolean unscored, String reason, long omitted) {}

  /**
   * The end of a process.
   *
   * @param killed whether somebody killed it: its code says nothing then
   * @param lastLine that it printed
   */
  public record Exit(String role, int code, boolean killed, String lastLine) {}

  public Observed {
    events = Set.copyOf(events);
    ends = Collections.unmodifiableSortedMap(new TreeMap<>(ends));
    joined = List.copyOf(joined);
    snapshots = List.copyOf(snapshots);
    batches = List.copyOf(batches);
    announcements = List.copyOf(announcements);
    scores = List.copyOf(scores);
    letters = List.copyOf(letters);
    reports = List.copyOf(reports);
    exits = List.copyOf(exits);
  }

  /** Reads the topics of a job; a topic that is not there counts as empty. */
  public static Observed read(KafkaClients clients, JobConfig config, Scope scope) {
    return new TopicsReader(clients, config).read(scope);
  }

  /** The same with the ends of its processes. */
  public Observed with(List<Exit> ends) {
    return new Observed(
        config,
        scope,
        events,
        this.ends,
        joined,
        snapshots,
        batches,
        announcements,
        scores,
        letters,
        reports,
        ends);
  }
}
