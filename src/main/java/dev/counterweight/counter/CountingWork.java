package dev.counterweight.counter;

import dev.counterweight.config.JobConfig;
import dev.counterweight.event.WriterSchemas;
import dev.counterweight.kafka.KafkaClients;
import dev.counterweight.kafka.OpenTransactions;
import dev.counterweight.kafka.TopicSetup;
import dev.counterweight.kafka.TopicTail;
import dev.counterweight.protocol.JobTopics;
import dev.counterweight.runtime.Role.State;
import dev.counterweight.runtime.RoleContext;
import dev.counterweight.streams.KafkaInputOffsets;
import dev.counterweight.streams.RunningTopology;
import dev.counterweight.streams.StreamsClients;
import dev.counterweight.streams.TopologyPlan;
import dev.counterweight.streams.TopologyWork;
import dev.counterweight.weights.Snapshot;
import java.time.Clock;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.streams.StreamsConfig;

/**
 * Counts until everything up to the end is covered, or for ever. Also sees to a changelog that is
 * narrower than the events topic has become. Not thread-safe.
 */
final class CountingWork implements TopologyWork {
  private static final Duration LOOK = Duration.ofMillis(100);
  private static final int LOOKS_A_LAG = 10;

  /** Brokers that have not heard of a grown changelog yet say no more often than this. */
  private static final int MAX_REFUSALS = 10;

  private final JobConfig config;
  private final JobTopics names;
  private final KafkaClients clients;
  private final RoleContext context;
  private final Resumption resumption;
  private final KafkaInputOffsets offsets;
  private final OpenTransactions open;
  private final SortedMap<Integer, Long> end;
  private final OwnEvents own;
  private final JobCounts counts;
  private final WriterSchemas schemas;
  private final HeldEvents held;
  private final TopicTail<Snapshot> tail;
  private final CounterMeters metrics;
  private final Clock clock;
  private int counting;
  private int refusals;

  /**
   * @param end {partition: offset to stop at}, or empty to count until drained
   * @param tail of the snapshots, read by this
   */
  CountingWork(
      JobConfig config,
      KafkaClients clients,
      RoleContext context,
      Resumption resumption,
      KafkaInputOffsets offsets,
      SortedMap<Integer, Long> end,
      OwnEvents own,
      JobCounts counts,
      HeldEvents held,
      WriterSchemas schemas,
      TopicTail<Snapshot> tail,
      CounterMeters metrics,
      Clock clock) {
    this.config = config;
    this.names = config.topics();
    this.clients = clients;
    this.context = context;
    this.resumption = resumption;
    this.offsets = offsets;
    this.open = offsets.openTransactions(clock);
    this.end = end;
    this.own = own;
    this.counts = counts;
    this.held = held;
    this.schemas = schemas;
    this.tail = tail;
    this.metrics = metrics;
    this.clock = clock;
  }

  @Override
  public String task() {
    return "count topic '" + names.events() + "'";
  }

  @Override
  public long taken() {
    return own.total();
  }

  @Override
  public Attempt begin() {
    // What the newest snapshot says is of this topic and these counts, or nothing is counted.
    TopicSetup.Identity events = resumption.events();
    Optional<Snapshot> newest = tail.follow(Duration.ZERO);
    newest.ifPresent(snapshot -> resumption.require(snapshot, events));
    resumption.growChangelog(events.partitions());
    counting = events.partitions();
    return new Counting(events, newest.map(Snapshot::version).orElse(0L));
  }

  @Override
  public Mending mend(Throwable failure) {
    // Another counter may have grown the changelog since this one failed for want of it.
    if (resumption.grown(counting)) {
      refusals = 0;
      return Mending.MENDED;
    }
    if (Resumption.wantsPartitions(failure)) {
      return ++refusals <= MAX_REFUSALS ? Mending.MENDED : Mending.HOPELESS;
    }
    return Mending.NONE;
  }

  /** Follows the snapshots of one start of the topology. */
  private final class Counting implements Attempt {
    private final TopicSetup.Identity events;
    private final EndWatch watch;
    private long looks;

    Counting(TopicSetup.Identity events, long versionBefore) {
      this.events = events;
      this.watch =
          new EndWatch(
              clients, names.groupOf("counter") + ".probe", names.events(), end, versionBefore);
    }

    @Override
    public TopologyPlan plan() {
      CounterTopology.Settings settings = settings(events);
      return new TopologyPlan(
          names.groupOf("counter"),
          streamsSettings(settings.times().commitMs()),
          CounterTopology.build(settings),
          new StreamsClients(
              (bounded, budget) -> new EventIntake(config.events(), bounded, budget),
              schemas,
              (partition, position) ->
                  partition.topic().equals(names.events())
                      && position >= own.from(partition.partition())),
          null);
    }

    @Override
    public boolean look(RunningTopology topology) {
      Optional<Snapshot> snapshot = tail.follow(LOOK);
      snapshot.ifPresent(counts::take);
      if (topology.running()) {
        context.status(
            State.RUNNING, "counted %d events; %s".formatted(counts.counted(), topology.tasks()));
        if (looks++ % LOOKS_A_LAG == 0) {
          tellWaiting(topology);
        }
      }
      return snapshot.isPresent() && watch.done(snapshot.get());
    }

    /** Tells what this instance has yet to read, and what open transactions hold back. */
    private void tellWaiting(RunningTopology topology) {
      metrics.lag(topology.lag(names.events()));
      OpenTransactions.Held now = open.look(events.partitions());
      metrics.held(now);
      held.now(now, clock.millis());
    }

    @Override
    public void ended() {
      tail.follow(Duration.ZERO).ifPresent(counts::take);
    }

    @Override
    public void close() {
      watch.close();
    }
  }

  private CounterTopology.Settings settings(TopicSetup.Identity events) {
    return new CounterTopology.Settings(
        config.job(), config.events(), config.counter(), events, end, offsets, clock, own, metrics);
  }

  private static Map<String, Object> streamsSettings(long commitMs) {
    return Map.of(
        StreamsConfig.COMMIT_INTERVAL_MS_CONFIG,
        commitMs,
        // A task reads one partition: there is no other whose next record it might wait for.
        StreamsConfig.MAX_TASK_IDLE_MS_CONFIG,
        StreamsConfig.MAX_TASK_IDLE_MS_DISABLED,
        StreamsConfig.consumerPrefix(ConsumerConfig.MAX_POLL_RECORDS_CONFIG),
        EventChunk.MOST,
        // Chunks of events, each of a poll: what waits in memory stays small.
        StreamsConfig.BUFFERED_RECORDS_PER_PARTITION_CONFIG,
        4);
  }
}
