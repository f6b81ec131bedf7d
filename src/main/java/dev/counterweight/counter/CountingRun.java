package dev.counterweight.counter;

import dev.counterweight.config.JobConfig;
import dev.counterweight.config.JobTopics;
import dev.counterweight.runtime.AccessProblem;
import dev.counterweight.runtime.FailureException;
import dev.counterweight.runtime.KafkaClients;
import dev.counterweight.runtime.OpenTransactions;
import dev.counterweight.runtime.TopicSetup;
import dev.counterweight.weights.ClassWeights;
import dev.counterweight.weights.Weighting;
import java.time.Clock;
import java.time.Duration;
import java.util.Optional;
import java.util.SortedMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.streams.Topology;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs the topology until the work is done, and starts it anew where Kafka Streams must be told:
 * when the events topic has grown, and when retention has overtaken it. Used by one thread.
 */
final class CountingRun {
  private static final Logger LOG = LoggerFactory.getLogger(CountingRun.class);
  private static final Duration LOOK = Duration.ofMillis(100);
  private static final int LOOKS_A_LAG = 10;

  /** Brokers that have not heard of a grown changelog yet say no more often than this. */
  private static final int MOST_REFUSALS = 10;

  /** Told how the run goes. */
  interface Listener {
    boolean draining();

    void joining();

    /** Called again and again; {@code tasks} says in words what this instance does. */
    void running(String tasks);

    /** Called now and then with the events that this instance has yet to read. */
    void lag(long events);

    /** Called now and then with what producers' open transactions hold back of the topic. */
    void held(OpenTransactions.Held held);

    void published(ClassWeights snapshot);
  }

  private final JobConfig config;
  private final JobTopics names;
  private final KafkaClients clients;
  private final TopicSetup topics;
  private final ChangelogGrowth changelog;
  private final KafkaInputOffsets offsets;
  private final OpenTransactions open;
  private final SortedMap<Integer, Long> end;
  private final OwnEvents own;
  private final CounterMetrics metrics;
  private final Clock clock;
  private final Listener listener;
  private int refusals;

  /**
   * @param end {partition: offset to stop at}, or empty to count until drained
   */
  CountingRun(
      JobConfig config,
      KafkaClients clients,
      TopicSetup topics,
      ChangelogGrowth changelog,
      KafkaInputOffsets offsets,
      SortedMap<Integer, Long> end,
      OwnEvents own,
      CounterMetrics metrics,
      Clock clock,
      Listener listener) {
    this.config = config;
    this.names = config.topics();
    this.clients = clients;
    this.topics = topics;
    this.changelog = changelog;
    this.offsets = offsets;
    this.open = offsets.openTransactions(clock);
    this.end = end;
    this.own = own;
    this.metrics = metrics;
    this.clock = clock;
    this.listener = listener;
  }

  /**
   * Counts until everything up to the end is covered or the listener drains.
   *
   * @param tail of the snapshots, read by this
   */
  void run(SnapshotTail tail) throws Exception {
    boolean again = true;
    while (again) {
      changelog.grow();
      TopicSetup.Identity events = topics.require(names.events());
      Optional<Throwable> failure;
      try (CountingStreams streams =
              new CountingStreams(
                  clients,
                  names.groupOf("counter"),
                  times().commitMs(),
                  topology(events),
                  new StreamsClients(offsets, config.events()));
          EndProbe probe =
              new EndProbe(clients, names.groupOf("counter") + ".probe", names.events(), end)) {
        long before = tail.poll(Duration.ZERO).map(ClassWeights::version).orElse(0L);
        failure = follow(streams, tail, new EndWatch(probe, before), events.partitions());
      }
      tail.poll(Duration.ZERO).ifPresent(listener::published);
      again = failure.isPresent() && goesOnAfter(failure.get(), events);
      if (failure.isPresent() && !again) {
        throw failed(failure.get());
      }
    }
  }

  /** Follows the snapshots until the work is done or the topology failed. */
  private Optional<Throwable> follow(
      CountingStreams streams, SnapshotTail tail, EndWatch watch, int partitions) {
    listener.joining();
    long looks = 0;
    while (!listener.draining()) {
      Optional<Throwable> failure = streams.failure();
      if (failure.isPresent()) {
        return failure;
      }
      Optional<ClassWeights> snapshot = tail.poll(LOOK);
      snapshot.ifPresent(listener::published);
      if (streams.running()) {
        listener.running(streams.tasks());
        if (looks++ % LOOKS_A_LAG == 0) {
          listener.lag(streams.lag(names.events()));
          listener.held(open.look(partitions));
        }
      }
      try {
        if (snapshot.isPresent() && watch.done(snapshot.get())) {
          return Optional.empty();
        }
      } catch (EventsDeletedException e) {
        return Optional.of(e);
      }
    }
    return Optional.empty();
  }

  private boolean goesOnAfter(Throwable failure, TopicSetup.Identity startedWith)
      throws InterruptedException, ExecutionException, TimeoutException {
    if (failure instanceof EventsDeletedException) {
      LOG.info("{}: starting anew", failure.getMessage());
      return true;
    }
    if (failure instanceof FailureException) {
      return false;
    }
    // Another counter may have grown the changelog since this one failed for want of it.
    boolean grown =
        changelog.grow() || topics.require(names.events()).partitions() > startedWith.partitions();
    if (grown) {
      refusals = 0;
      return true;
    }
    return ChangelogGrowth.wanting(failure) && ++refusals <= MOST_REFUSALS;
  }

  private Topology topology(TopicSetup.Identity events) {
    PublishingPace pace = new PublishingPace(config.counter().updateEvents());
    UpdateTimes times = times();
    return CounterTopology.build(
        names.events(),
        names.classWeights(),
        new PartitionCounter.Settings(
            config.events(),
            config.counter().halfLife(),
            times,
            pace,
            events.partitions(),
            end,
            offsets,
            clock,
            own,
            metrics),
        new SnapshotMerger.Settings(
            config.job(),
            config.events().schema().schema(),
            Weighting.configured(config.counter().formula(), config.counter().maxRatio()),
            config.counter().halfLife(),
            config.counter().minChange(),
            events.partitions(),
            times,
            pace,
            end,
            events.clusterId(),
            events.topicId()));
  }

  private UpdateTimes times() {
    return new UpdateTimes(Duration.ofMillis(config.counter().updateIntervalMs()));
  }

  private Exception failed(Throwable failure) {
    if (failure instanceof FailureException known) {
      return known;
    }
    LOG.debug("the topology failed", failure);
    // Streams tells in its own message which topic it was about.
    String what = "count: " + String.valueOf(failure.getMessage()).lines().findFirst().orElse("");
    Optional<FailureException> refused =
        AccessProblem.in(failure, what, config.kafka().bootstrapServers());
    return refused.isPresent()
        ? refused.get()
        : new FailureException("the counter failed: " + failure, failure);
  }
}
