package dev.counterweight.counter;

import dev.counterweight.config.JobConfig;
import dev.counterweight.event.WriterSchemas;
import dev.counterweight.kafka.AccessProblem;
import dev.counterweight.kafka.Causes;
import dev.counterweight.kafka.KafkaClients;
import dev.counterweight.kafka.NoAnswerException;
import dev.counterweight.kafka.OpenTransactions;
import dev.counterweight.kafka.Retry;
import dev.counterweight.kafka.TopicSetup;
import dev.counterweight.kafka.TopicTail;
import dev.counterweight.protocol.FailureException;
import dev.counterweight.protocol.JobTopics;
import dev.counterweight.runtime.Role.State;
import dev.counterweight.runtime.RoleContext;
import dev.counterweight.weights.Snapshot;
import java.time.Clock;
import java.time.Duration;
import java.util.Optional;
import java.util.SortedMap;
import java.util.concurrent.locks.LockSupport;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs the topology until the work is done, and starts it anew where Kafka Streams must be told:
 * when the events topic has grown, when retention has overtaken it, and when a broker was away for
 * longer than Kafka Streams waits. Not thread-safe.
 */
final class CountingRun {
  private static final Logger LOG = LoggerFactory.getLogger(CountingRun.class);
  private static final Duration LOOK = Duration.ofMillis(100);
  private static final int LOOKS_A_LAG = 10;

  /** Brokers that have not heard of a grown changelog yet say no more often than this. */
  private static final int MAX_REFUSALS = 10;

  private static final Duration PAUSE = Duration.ofMillis(500);

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
  private final CounterMeters metrics;
  private final Clock clock;
  private final Restarts restarts = new Restarts(System::nanoTime);
  private int counting;
  private int refusals;

  /**
   * @param end {partition: offset to stop at}, or empty to count until drained
   */
  CountingRun(
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
    this.metrics = metrics;
    this.clock = clock;
  }

  /**
   * Counts until everything up to the end is covered or the role is to drain.
   *
   * @param tail of the snapshots, read by this
   */
  void run(TopicTail<Snapshot> tail) throws Exception {
    boolean again = true;
    while (again) {
      Optional<Throwable> failure = attempt(tail);
      again = failure.isPresent() && goesOnAfter(failure.get());
      if (failure.isPresent() && !again) {
        throw failed(failure.get());
      }
    }
  }

  /** Counts until the work is done, or something must be seen to first. */
  private Optional<Throwable> attempt(TopicTail<Snapshot> tail) {
    try {
      // What the newest snapshot says is of this topic and these counts, or nothing is counted.
      TopicSetup.Identity events = resumption.events();
      Optional<Snapshot> newest = tail.follow(Duration.ZERO);
      newest.ifPresent(snapshot -> resumption.require(snapshot, events));
      resumption.growChangelog(events.partitions());
      counting = events.partitions();
      Optional<Throwable> failure = count(events, tail, newest.map(Snapshot::version).orElse(0L));
      tail.follow(Duration.ZERO).ifPresent(counts::take);
      return failure;
    } catch (RuntimeException e) {
      return Optional.of(e);
    }
  }

  private Optional<Throwable> count(
      TopicSetup.Identity events, TopicTail<Snapshot> tail, long versionBefore) {
    CounterTopology.Settings settings = settings(events);
    CountingStreams streams =
        new CountingStreams(
            clients,
            names.groupOf("counter"),
            settings.times().commitMs(),
            CounterTopology.build(settings),
            new StreamsClients(own, config.events(), schemas));
    Optional<Throwable> failure;
    try (EndWatch watch =
        new EndWatch(
            clients, names.groupOf("counter") + ".probe", names.events(), end, versionBefore)) {
      failure = follow(streams, tail, watch, events.partitions());
    } catch (RuntimeException e) {
      failure = Optional.of(e);
    }
    new StreamsEnd(config.kafka().bootstrapServers(), context.retry(), context::isDraining)
        .await(streams::closed, failure);
    return failure;
  }

  /** Follows the snapshots until the work is done or the topology failed. */
  private Optional<Throwable> follow(
      CountingStreams streams, TopicTail<Snapshot> tail, EndWatch watch, int partitions) {
    context.status(State.STARTING, "joining the group");
    long looks = 0;
    while (!context.isDraining("committing")) {
      Optional<Throwable> failure = streams.failure();
      if (failure.isPresent()) {
        return failure;
      }
      context.look();
      Optional<Snapshot> snapshot = tail.follow(LOOK);
      snapshot.ifPresent(counts::take);
      if (snapshot.isPresent() && watch.isNew(snapshot.get())) {
        restarts.committed(own.total());
      }
      if (streams.running()) {
        context.retry().answered();
        context.status(
            State.RUNNING, "counted %d events; %s".formatted(counts.counted(), streams.tasks()));
        if (looks++ % LOOKS_A_LAG == 0) {
          tellWaiting(streams, partitions);
        }
      }
      if (snapshot.isPresent() && watch.done(snapshot.get())) {
        return Optional.empty();
      }
    }
    return Optional.empty();
  }

  /** Tells what this instance has yet to read, and what open transactions hold back. */
  private void tellWaiting(CountingStreams streams, int partitions) {
    metrics.lag(streams.lag(names.events()));
    OpenTransactions.Held now = open.look(partitions);
    metrics.held(now);
    held.now(now, clock.millis());
  }

  private boolean goesOnAfter(Throwable failure) {
    try {
      return mended(failure);
    } catch (NoAnswerException e) {
      return waited(e);
    }
  }

  private boolean waited(Throwable failure) {
    LOG.debug("the cluster does not answer", failure);
    if (context.isDraining()) {
      return false;
    }
    // What Kafka Streams wraps it in names threads.
    context.retry().unanswered("count topic '" + names.events() + "'", Causes.root(failure));
    return true;
  }

  private boolean mended(Throwable failure) {
    if (failure instanceof EventsDeletedException) {
      LOG.info("{}: starting anew", failure.getMessage());
      return true;
    }
    if (Retry.isNoAnswer(failure)) {
      return waited(failure);
    }
    if (failure instanceof FailureException) {
      return false;
    }
    // Another counter may have grown the changelog since this one failed for want of it.
    if (resumption.grown(counting)) {
      refusals = 0;
      return true;
    }
    if (Resumption.wantsPartitions(failure)) {
      return ++refusals <= MAX_REFUSALS;
    }
    return refused(failure).isEmpty() && startsAnewAfter(failure);
  }

  /** Whether another start may help: a producer whose abort timed out, for one, is of no use. */
  private boolean startsAnewAfter(Throwable failure) {
    if (context.isDraining() || !restarts.again(own.total())) {
      return false;
    }
    LOG.warn("counting failed, starting anew from what is committed: {}", inWords(failure));
    LOG.debug("the topology failed", failure);
    LockSupport.parkNanos(PAUSE.toNanos());
    return true;
  }

  private CounterTopology.Settings settings(TopicSetup.Identity events) {
    return new CounterTopology.Settings(
        config.job(), config.events(), config.counter(), events, end, offsets, clock, own, metrics);
  }

  private FailureException failed(Throwable failure) {
    if (failure instanceof FailureException known) {
      return known;
    }
    LOG.debug("the topology failed", failure);
    return refused(failure)
        .orElseGet(
            () ->
                new FailureException(
                    "cannot count topic '%s': %s; what is committed stays counted: start the counter again (--debug shows where it failed)"
                        .formatted(names.events(), inWords(failure)),
                    failure));
  }

  private Optional<FailureException> refused(Throwable failure) {
    // Streams tells in its own message which topic it was about.
    String what =
        "count topic '%s': %s"
            .formatted(
                names.events(),
                String.valueOf(failure.getMessage()).lines().findFirst().orElse(""));
    return AccessProblem.in(failure, what, config.kafka().bootstrapServers());
  }

  private static String inWords(Throwable failure) {
    Throwable root = Causes.root(failure);
    return root.getClass().getSimpleName()
        + ": "
        + String.valueOf(root.getMessage()).lines().findFirst().orElse("");
  }
}
