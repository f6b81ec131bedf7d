package dev.counterweight.judge;

import dev.counterweight.event.WriterSchemas;
import dev.counterweight.judging.Fate;
import dev.counterweight.judging.JudgingRules;
import dev.counterweight.kafka.AdminCalls;
import dev.counterweight.kafka.KafkaClients;
import dev.counterweight.kafka.LogEnds;
import dev.counterweight.protocol.JobTopics;
import dev.counterweight.runtime.Role.State;
import dev.counterweight.runtime.RoleContext;
import dev.counterweight.streams.EndsProbe;
import dev.counterweight.streams.InputOffsets;
import dev.counterweight.streams.KafkaInputOffsets;
import dev.counterweight.streams.OwnReading;
import dev.counterweight.streams.PolledPositions;
import dev.counterweight.streams.RocksBounds;
import dev.counterweight.streams.RunningTopology;
import dev.counterweight.streams.StateSize;
import dev.counterweight.streams.StreamsClients;
import dev.counterweight.streams.TopologyPlan;
import dev.counterweight.streams.TopologyWork;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.LockSupport;
import org.apache.kafka.streams.StreamsConfig;

/** Judges by a topology, from one start of it to the next. Used by the role's thread. */
final class JudgingWork implements TopologyWork {
  private static final Duration LOOK = Duration.ofMillis(100);

  /** For what meters or a disk are asked for. */
  private static final Duration SELDOM = Duration.ofMillis(500);

  /** How Kafka Streams runs the judge, where the user does not say otherwise. */
  private static final Map<String, Object> STREAMS =
      Map.of(
          StreamsConfig.COMMIT_INTERVAL_MS_CONFIG,
          500L,
          // A task reads the topic on whose earlier records it has, as far as they were fetched.
          StreamsConfig.MAX_TASK_IDLE_MS_CONFIG,
          0L,
          // Rows not yet written down, of all tasks: what is judged within a commit never is.
          StreamsConfig.STATESTORE_CACHE_MAX_BYTES_CONFIG,
          32L << 20,
          StreamsConfig.ROCKSDB_CONFIG_SETTER_CLASS_CONFIG,
          RocksBounds.class);

  private final JobTopics names;
  private final List<String> classes;
  private final JudgingRules rules;
  private final KafkaClients clients;
  private final AdminCalls calls;
  private final RoleContext context;
  private final JudgeState state;
  private final EndsProbe ends;
  private final Path stateDir;
  private final JudgeMeters metrics;
  private final OwnReading own = new OwnReading();
  private final StateSize stateSize;

  /**
   * @param calls to the cluster, open as long as this
   * @param classes in class order
   * @param stateDir a folder that stays
   */
  JudgingWork(
      JobTopics names,
      List<String> classes,
      JudgingRules rules,
      KafkaClients clients,
      AdminCalls calls,
      RoleContext context,
      JudgeState state,
      EndsProbe ends,
      Path stateDir,
      JudgeMeters metrics) {
    this.names = names;
    this.classes = classes;
    this.rules = rules;
    this.clients = clients;
    this.calls = calls;
    this.context = context;
    this.state = state;
    this.ends = ends;
    this.stateDir = stateDir;
    this.metrics = metrics;
    this.stateSize = new StateSize(stateDir, metrics::stateBytes);
  }

  @Override
  public String task() {
    return "judge topic '%s' by topic '%s'".formatted(names.scores(), names.labelled());
  }

  @Override
  public long taken() {
    return own.taken();
  }

  @Override
  public Attempt begin() {
    state.require();
    ends.about(LogEnds.partitions(names.labelled(), state.labelled().partitions()));
    return new JudgingAttempt();
  }

  private InputOffsets offsets(String topic) {
    return new KafkaInputOffsets(clients, calls, topic, names.groupOf("judge"), partition -> false);
  }

  private JudgeSettings settings(PolledPositions polled) {
    return new JudgeSettings(
        names,
        classes,
        rules,
        state.scores(),
        state.labelled(),
        state.routed(),
        offsets(names.scores()),
        offsets(names.labelled()),
        offsets(JudgeTopology.labels(names, true)),
        ends,
        polled,
        own,
        metrics);
  }

  /** One start of the topology. */
  private final class JudgingAttempt implements Attempt {
    private long lookedNs = System.nanoTime();

    @Override
    public TopologyPlan plan() {
      PolledPositions polled = new PolledPositions();
      return new TopologyPlan(
          names.groupOf("judge"),
          STREAMS,
          JudgeTopology.build(settings(polled)),
          new StreamsClients(
              (schemas, budget) ->
                  new JudgeIntake(
                      new JudgeReader(classes),
                      names.scores(),
                      names.labelled(),
                      state.routed(),
                      budget,
                      polled.share()),
              WriterSchemas.NONE,
              // What retention took is not judged: labels of it are counted as unmatched.
              (partition, position) -> false),
          stateDir);
    }

    @Override
    public boolean look(RunningTopology topology) {
      ends.look();
      LockSupport.parkNanos(LOOK.toNanos());
      if (!topology.running()) {
        return false;
      }
      metrics.look();
      context.status(
          State.RUNNING,
          "judged %d scores, %d wait; %s"
              .formatted(metrics.of(Fate.JUDGED), metrics.waiting(), topology.tasks()));
      if (System.nanoTime() - lookedNs >= SELDOM.toNanos()) {
        lookedNs = System.nanoTime();
        metrics.lag(topology.lag(names.scores()) + topology.lag(names.labelled()));
        stateSize.look();
      }
      return false;
    }

    @Override
    public void ended() {
      metrics.end();
    }
  }
}
