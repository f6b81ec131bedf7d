package dev.counterweight.joiner;

import dev.counterweight.config.JobConfig;
import dev.counterweight.config.LabelsConfig;
import dev.counterweight.event.WriterSchemas;
import dev.counterweight.joining.Side;
import dev.counterweight.kafka.KafkaClients;
import dev.counterweight.kafka.LogEnds;
import dev.counterweight.letters.RefusedRecords;
import dev.counterweight.protocol.JobTopics;
import dev.counterweight.runtime.Role.State;
import dev.counterweight.runtime.RoleContext;
import dev.counterweight.streams.EndsProbe;
import dev.counterweight.streams.PolledPositions;
import dev.counterweight.streams.RunningTopology;
import dev.counterweight.streams.StateSize;
import dev.counterweight.streams.StreamsClients;
import dev.counterweight.streams.TopologyPlan;
import dev.counterweight.streams.TopologyWork;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;

/** Joins by a topology, from one start of it to the next. Used by the role's thread. */
final class JoiningWork implements TopologyWork {
  private static final Duration LOOK = Duration.ofMillis(100);

  /** For what the cluster, or a disk, is asked for. */
  private static final Duration SELDOM = Duration.ofMillis(500);

  /** What was brought out at the end is committed by then, whether or not that was seen. */
  private static final Duration COMMITTING = Duration.ofSeconds(2);

  private static final long NEVER = Long.MIN_VALUE;

  /** By then the tasks of a process that died have come to one that lives. */
  private static final Duration OTHERS = Duration.ofSeconds(15);

  private final JobTopics names;
  private final LabelsConfig labels;
  private final KafkaClients clients;
  private final RoleContext context;
  private final JoinState state;
  private final JoinOffsets offsets;
  private final JoinEnd end;
  private final Ending ending;
  private final EndsProbe ends;
  private final GrowthProbe growth;
  private final RecordSizes sizes;
  private final RefusedRecords letters;
  private final OwnJoins own;
  private final WriterSchemas schemas;
  private final JoinerMeters metrics;
  private final StateSize stateSize;
  private final long paceNs;

  /**
   * @param end where to stop, if anywhere
   */
  JoiningWork(
      JobConfig config,
      LabelsConfig labels,
      KafkaClients clients,
      RoleContext context,
      JoinState state,
      JoinOffsets offsets,
      JoinEnd end,
      EndsProbe ends,
      GrowthProbe growth,
      RecordSizes sizes,
      RefusedRecords letters,
      OwnJoins own,
      WriterSchemas schemas,
      JoinerMeters metrics) {
    this.names = config.topics();
    this.labels = labels;
    this.clients = clients;
    this.context = context;
    this.state = state;
    this.offsets = offsets;
    this.end = end;
    this.ending = end.exists() ? new Ending(labels.atEnd(), end.askedMs()) : Ending.NONE;
    this.ends = ends;
    this.growth = growth;
    this.sizes = sizes;
    this.letters = letters;
    this.own = own;
    this.schemas = schemas;
    this.metrics = metrics;
    this.stateSize = new StateSize(labels.stateDir(), metrics::stateBytes);
    long paceMs = Math.max(1, JoinSettings.rules(labels).lookMs() / 4);
    this.paceNs = Math.min(LOOK.toNanos(), Duration.ofMillis(paceMs).toNanos());
  }

  @Override
  public String task() {
    return "join topic '%s' with topic '%s'"
        .formatted(labels.events().topic(), labels.labels().topic());
  }

  private String topic(Side side) {
    return JoinSettings.of(labels, side).topic();
  }

  @Override
  public long taken() {
    return own.reading().taken();
  }

  @Override
  public Attempt begin() {
    state.require(offsets.joined());
    ends.about(
        Stream.of(Side.values())
            .flatMap(
                side ->
                    LogEnds.partitions(topic(side), state.read().of(side).partitions()).stream())
            .toList());
    growth.about(state.growing());
    return new JoinAttempt();
  }

  /**
   * Where a topic has grown that is read as it is another start would find the state too narrow.
   */
  @Override
  public Mending mend(Throwable failure) {
    state.require(false);
    return failure instanceof TopicGrownException ? Mending.MENDED : Mending.NONE;
  }

  /** A topic that is written again has more partitions than are known of. */
  private static final class TopicGrownException extends RuntimeException {
    private static final long serialVersionUID = 1L;
  }

  /** One start of the topology. */
  private final class JoinAttempt implements Attempt {
    private long lookedNs = System.nanoTime();
    private long reachedNs = System.nanoTime();
    private String unread = "";
    private long settledNs = NEVER;
    private long commitsBefore;
    private @Nullable JoinEnd routedEnd;

    @Override
    public TopologyPlan plan() {
      PolledPositions polled = new PolledPositions();
      return new TopologyPlan(
          names.groupOf("joiner"),
          JoinerStreams.settings(labels, sizes, state.routing()),
          JoinerTopology.build(settings(polled), sizes.row()),
          new StreamsClients(
              (bounded, budget) ->
                  new SideIntake(
                      labels, sizes.event(), routedTopics(), bounded, budget, polled.share()),
              schemas,
              (partition, position) ->
                  side(partition) && position >= own.reading().from(partition)),
          labels.stateDir());
    }

    private Set<String> routedTopics() {
      return Stream.of(Side.values())
          .filter(state.routing()::routes)
          .map(JoiningWork.this::topic)
          .collect(Collectors.toSet());
    }

    private boolean side(TopicPartition partition) {
      return Stream.of(Side.values()).anyMatch(side -> partition.topic().equals(topic(side)));
    }

    @Override
    public boolean look(RunningTopology topology) {
      ends.look();
      LockSupport.parkNanos(paceNs);
      if (!topology.running()) {
        return false;
      }
      context.status(
          State.RUNNING,
          "joined %d events, %d wait%s; %s"
              .formatted(own.joined(), own.waiting(), unread, topology.tasks()));
      own.look();
      if (System.nanoTime() - lookedNs >= SELDOM.toNanos()) {
        lookedNs = System.nanoTime();
        tell(topology);
        if (growth.grown()) {
          throw new TopicGrownException();
        }
        if (end.exists() && !ending.reached() && reached()) {
          ending.reach();
          reachedNs = System.nanoTime();
        }
      }
      if (!ending.reached() || !settled()) {
        settledNs = NEVER;
        return false;
      }
      return committed(topology);
    }

    /** Kafka Streams only logs that a commit failed while it closed: one is waited for before. */
    private boolean committed(RunningTopology topology) {
      if (settledNs == NEVER) {
        settledNs = System.nanoTime();
        commitsBefore = topology.commits();
      }
      return topology.commits() > commitsBefore
          || System.nanoTime() - settledNs >= COMMITTING.toNanos();
    }

    /** Tasks that are not here are others', or those of a process that has died a moment ago. */
    private boolean settled() {
      Set<Integer> tasks = own.tasks();
      return ending.settled(tasks)
          && (tasks.size() == state.routing().partitions()
              || System.nanoTime() - reachedNs >= OTHERS.toNanos());
    }

    /** What was written again of the sides has to be joined too. */
    private boolean reached() {
      if (!offsets.reached(end)) {
        return false;
      }
      if (routedEnd == null) {
        routedEnd = offsets.routedEnd(state.routing());
      }
      return offsets.reachedRouted(routedEnd);
    }

    private void tell(RunningTopology topology) {
      long events = topology.lag(labels.events().topic());
      long labelsLeft = topology.lag(labels.labels().topic());
      metrics.lag(Side.EVENTS, events);
      metrics.lag(Side.LABELS, labelsLeft);
      unread = unread(events, labelsLeft);
      stateSize.look();
    }

    @Override
    public void ended() {
      own.end();
      letters.tell();
    }
  }

  /** Names the side that holds back what is over: the one that is not read to its end. */
  static String unread(long events, long labels) {
    return (events == 0 ? "" : ", %d events are not read yet".formatted(events))
        + (labels == 0 ? "" : ", %d labels are not read yet".formatted(labels));
  }

  private JoinSettings settings(PolledPositions polled) {
    return new JoinSettings(
        names,
        labels,
        state.read(),
        offsets.read(),
        state.routing(),
        offsets.routed(),
        ends,
        polled,
        ending,
        own,
        letters,
        metrics);
  }
}
