package dev.counterweight.scorer;

import dev.counterweight.kafka.TopicSetup;
import dev.counterweight.runtime.Role.State;
import dev.counterweight.runtime.RoleContext;
import dev.counterweight.serving.ServedModel;
import dev.counterweight.streams.KafkaInputOffsets;
import dev.counterweight.streams.RunningTopology;
import dev.counterweight.streams.StreamsClients;
import dev.counterweight.streams.TopologyPlan;
import dev.counterweight.streams.TopologyWork;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.SortedMap;
import java.util.concurrent.locks.LockSupport;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.streams.StreamsConfig;

/**
 * Scores by a topology, from one start of it to the next. Used by the role's thread.
 *
 * @param following throws once checkpoints are followed no longer
 * @param began the topic as it was when the run began
 * @param end {partition: offset to stop at}, or empty to score until drained
 * @param requestBytes that a producer must send
 */
record ScoringWork(
    ScorerSettings settings,
    Runnable following,
    TopicSetup topics,
    TopicSetup.Identity began,
    KafkaInputOffsets offsets,
    SortedMap<Integer, Long> end,
    int requestBytes,
    RoleContext context)
    implements TopologyWork {
  private static final Duration LOOK = Duration.ofMillis(100);

  /** For what the cluster is asked for. */
  private static final Duration SELDOM = Duration.ofMillis(500);

  /**
   * Scores are seen once they are committed, and a commit takes some milliseconds in which nothing
   * is scored: at this pace a score waits half as long on average, and a twentieth of the time is
   * spent on commits.
   */
  private static final long COMMIT_MS = 100;

  /** Scores of one model are much alike. */
  private static final String COMPRESSION = "lz4";

  private static final int BATCH_BYTES = 128 << 10;
  private static final int LINGER_MS = 5;
  private static final int BUFFERED_BYTES = 256 << 20;
  private static final int MOST_BUFFERED = 1_000;
  private static final int LEAST_BUFFERED = 16;

  @Override
  public String task() {
    return "score topic '" + settings.events().topic() + "'";
  }

  @Override
  public long taken() {
    return settings.own().reading().taken();
  }

  @Override
  public Attempt begin() {
    TopicSetup.Identity now =
        topics.requireSame(settings.events().topic(), "scores.events.topic", began);
    topics.ensure(settings.names(), settings.names().scores(), now.partitions());
    return new Scoring();
  }

  /**
   * How Kafka Streams runs the scorer, where the user does not say otherwise.
   *
   * @param eventBytes most bytes of an event
   * @param requestBytes that a producer must send
   */
  static Map<String, Object> streams(int eventBytes, int requestBytes) {
    Map<String, Object> streams = new HashMap<>();
    streams.put(StreamsConfig.COMMIT_INTERVAL_MS_CONFIG, COMMIT_MS);
    // A task reads one partition: there is no other whose next record it might wait for.
    streams.put(StreamsConfig.MAX_TASK_IDLE_MS_CONFIG, StreamsConfig.MAX_TASK_IDLE_MS_DISABLED);
    int longest = Math.max(1, eventBytes);
    streams.put(
        StreamsConfig.BUFFERED_RECORDS_PER_PARTITION_CONFIG,
        Math.max(LEAST_BUFFERED, Math.min(MOST_BUFFERED, BUFFERED_BYTES / longest)));
    streams.put(StreamsConfig.producerPrefix(ProducerConfig.MAX_REQUEST_SIZE_CONFIG), requestBytes);
    streams.put(StreamsConfig.producerPrefix(ProducerConfig.BATCH_SIZE_CONFIG), BATCH_BYTES);
    streams.put(StreamsConfig.producerPrefix(ProducerConfig.LINGER_MS_CONFIG), LINGER_MS);
    streams.put(StreamsConfig.producerPrefix(ProducerConfig.COMPRESSION_TYPE_CONFIG), COMPRESSION);
    return streams;
  }

  /** One start of the topology. */
  private final class Scoring implements Attempt {
    private long lookedNs = System.nanoTime();

    @Override
    public TopologyPlan plan() {
      return new TopologyPlan(
          settings.names().groupOf("scorer"),
          streams(settings.events().maxBytes(), requestBytes),
          ScorerTopology.build(settings),
          new StreamsClients(
              (bounded, budget) -> new ScorerIntake(settings.events(), bounded, budget),
              settings.schemas(),
              (partition, position) ->
                  partition.topic().equals(settings.events().topic())
                      && position >= settings.own().reading().from(partition)),
          null);
    }

    @Override
    public boolean look(RunningTopology topology) {
      LockSupport.parkNanos(LOOK.toNanos());
      following.run();
      if (!topology.running()) {
        return false;
      }
      ServedModel model = settings.models().current();
      context.status(
          State.RUNNING,
          "scored %d events, by step %d now; %s"
              .formatted(
                  settings.own().scored(),
                  model == null ? 0 : model.id().step(),
                  topology.tasks()));
      if (System.nanoTime() - lookedNs < SELDOM.toNanos()) {
        return false;
      }
      lookedNs = System.nanoTime();
      settings.metrics().lag(topology.lag(settings.events().topic()));
      return !end.isEmpty() && offsets.reached(end);
    }

    @Override
    public void ended() {
      settings.letters().tell();
    }
  }
}
