package dev.counterweight.counter;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.counterweight.config.JobConfig;
import dev.counterweight.config.JobTopics;
import dev.counterweight.runtime.AccessProblem;
import dev.counterweight.runtime.FailureException;
import dev.counterweight.runtime.JsonPages;
import dev.counterweight.runtime.KafkaClients;
import dev.counterweight.runtime.Role;
import dev.counterweight.runtime.TopicRights;
import dev.counterweight.runtime.TopicSetup;
import dev.counterweight.weights.ClassWeights;
import dev.counterweight.weights.ClassWeightsJson;
import dev.counterweight.weights.Weighting;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.Clock;
import java.time.Duration;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Supplier;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.common.acl.AclOperation;
import org.apache.kafka.streams.Topology;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Counts the classes of the events topic with Kafka Streams, exactly once, and publishes snapshots
 * of the class weights. Owns its clients and the topology's threads.
 */
public final class CounterRole implements Role, JsonPages {
  private static final Logger LOG = LoggerFactory.getLogger(CounterRole.class);
  private static final Duration TIMEOUT = Duration.ofSeconds(30);
  private static final Duration LOOK = Duration.ofMillis(100);
  private static final Duration ASK = Duration.ofSeconds(1);

  private final JobConfig config;
  private final JobTopics names;
  private final KafkaClients clients;
  private final CounterMetrics metrics;
  private final Clock clock;
  private final boolean stopAtEnd;
  private volatile boolean draining;
  private volatile Status status = new Status(State.STARTING, "connecting");
  private volatile @Nullable ClassWeights newest;
  private volatile long countedBefore;

  /**
   * @param stopAtEnd whether to end once everything that is in the topic when {@link #run} begins
   *     is counted and published
   */
  public CounterRole(
      JobConfig config,
      KafkaClients clients,
      MeterRegistry registry,
      Clock clock,
      boolean stopAtEnd) {
    this.config = config;
    this.names = config.topics();
    this.clients = clients;
    this.metrics =
        new CounterMetrics(registry, config.job(), config.events().schema().classes(), clock);
    this.clock = clock;
    this.stopAtEnd = stopAtEnd;
  }

  @Override
  public String name() {
    return "counter";
  }

  @Override
  public void run() throws Exception {
    try (Admin admin = clients.admin(names.groupOf("counter") + ".admin");
        SnapshotTail tail =
            new SnapshotTail(clients, names.groupOf("counter") + ".tail", names.classWeights())) {
      TopicSetup topics = new TopicSetup(admin, TIMEOUT, config.kafka().bootstrapServers());
      new TopicRights(admin, TIMEOUT).require(rights());
      topics.ensure(names, List.of(names.classWeights()));
      Optional<ClassWeights> before = tail.catchUp(TIMEOUT);
      countedBefore = before.map(ClassWeights::totalEvents).orElse(0L);
      before.ifPresent(this::published);
      KafkaInputOffsets offsets =
          new KafkaInputOffsets(admin, names.events(), names.groupOf("counter"));
      TopicSetup.Identity events = topics.require(names.events());
      before.ifPresent(snapshot -> requireSameTopic(snapshot, events));
      if (before.isEmpty()) {
        offsets.applyStart(config.events().start(), events.partitions());
      }
      SortedMap<Integer, Long> end =
          stopAtEnd ? offsets.ends(events.partitions()) : new TreeMap<>();
      ChangelogGrowth changelog =
          new ChangelogGrowth(admin, topics, names.events(), names.groupOf("counter"));
      count(topics, changelog, offsets, end, tail);
      status = new Status(State.DONE, "counted " + counted() + " events");
    } catch (Exception e) {
      status = new Status(State.FAILED, String.valueOf(e.getMessage()));
      throw e;
    }
  }

  @Override
  public void drain() {
    draining = true;
  }

  @Override
  public Status status() {
    return status;
  }

  @Override
  public Map<String, Object> summary() {
    Map<String, Object> summary = new LinkedHashMap<>();
    summary.put("events", counted());
    Map<String, Long> counts = new LinkedHashMap<>();
    ClassWeights snapshot = newest;
    List<String> classes = config.events().schema().classes();
    for (int c = 0; c < classes.size(); c++) {
      counts.put(classes.get(c), snapshot == null ? 0 : snapshot.events()[c]);
    }
    summary.put("counts", counts);
    return summary;
  }

  /** /counts, and /weights, which is the newest snapshot as published; whole, on any instance. */
  @Override
  public Map<String, Supplier<Optional<String>>> jsonPages() {
    return Map.of(
        "/counts", () -> Optional.ofNullable(newest).map(ClassWeightsJson::counts),
        "/weights",
            () ->
                Optional.ofNullable(newest)
                    .map(snapshot -> new String(ClassWeightsJson.write(snapshot), UTF_8)));
  }

  @Override
  public void close() {
    // Everything was closed on the way out of run.
  }

  /** The internal topics' rights are not all met at once: Alter when the input grows. */
  private Map<String, Set<AclOperation>> rights() {
    Map<String, Set<AclOperation>> rights = new HashMap<>();
    rights.put(names.events(), Set.of(AclOperation.READ));
    rights.put(
        names.classWeights(),
        Set.of(AclOperation.READ, AclOperation.WRITE, AclOperation.DESCRIBE_CONFIGS));
    CounterTopology.internalTopics(names.groupOf("counter"))
        .forEach(
            topic ->
                rights.put(
                    topic,
                    Set.of(
                        AclOperation.READ,
                        AclOperation.WRITE,
                        AclOperation.ALTER,
                        AclOperation.DELETE)));
    return rights;
  }

  /** Runs the topology until the work is done, starting it anew when the input has grown. */
  private void count(
      TopicSetup topics,
      ChangelogGrowth changelog,
      KafkaInputOffsets offsets,
      SortedMap<Integer, Long> end,
      SnapshotTail tail)
      throws Exception {
    boolean again = true;
    while (again) {
      changelog.grow();
      Topology topology = topology(topics.require(names.events()), offsets, end);
      Optional<Throwable> failure;
      try (CountingStreams streams =
              new CountingStreams(clients, names.groupOf("counter"), topology);
          EndProbe probe =
              new EndProbe(clients, names.groupOf("counter") + ".probe", names.events(), end)) {
        failure = follow(streams, tail, probe);
      }
      tail.poll(Duration.ZERO).ifPresent(this::published);
      again = failure.isPresent() && changelog.grow();
      if (failure.isPresent() && !again) {
        throw failed(failure.get());
      }
    }
  }

  /** Follows the snapshots until the work is done or the topology failed. */
  private Optional<Throwable> follow(CountingStreams streams, SnapshotTail tail, EndProbe probe) {
    status = new Status(State.STARTING, "joining the group");
    long lookedAt = -1;
    long askedNs = System.nanoTime();
    while (!draining) {
      Optional<Throwable> failure = streams.failure();
      if (failure.isPresent()) {
        return failure;
      }
      Optional<ClassWeights> snapshot = tail.poll(LOOK);
      snapshot.ifPresent(this::published);
      if (streams.running()) {
        status = new Status(State.RUNNING, "counted " + counted() + " events");
      }
      // Asked when a snapshot has stood for a look, since more come until the end is near, and
      // now and then all the same: events beyond the end may keep snapshots coming for ever.
      boolean still = snapshot.isPresent() && snapshot.get().version() == lookedAt;
      if (stopAtEnd && (still || System.nanoTime() - askedNs >= ASK.toNanos())) {
        askedNs = System.nanoTime();
        if (snapshot.filter(probe::reachedBy).isPresent()) {
          return Optional.empty();
        }
      }
      lookedAt = snapshot.map(ClassWeights::version).orElse(-1L);
    }
    status = new Status(State.DRAINING, "committing");
    return Optional.empty();
  }

  private Topology topology(
      TopicSetup.Identity events, KafkaInputOffsets offsets, SortedMap<Integer, Long> end) {
    PublishingPace pace = new PublishingPace(config.counter().updateEvents());
    Duration interval = Duration.ofMillis(config.counter().updateIntervalMs());
    return CounterTopology.build(
        names.events(),
        names.classWeights(),
        new PartitionCounter.Settings(
            config.events(),
            config.counter().halfLife(),
            interval,
            pace,
            events.partitions(),
            offsets,
            clock,
            metrics),
        new SnapshotMerger.Settings(
            config.job(),
            config.events().schema().classes(),
            Weighting.configured(config.counter().formula(), config.counter().maxRatio()),
            config.counter().minChange(),
            interval,
            pace,
            end,
            events.clusterId(),
            events.topicId()));
  }

  private void requireSameTopic(ClassWeights snapshot, TopicSetup.Identity events) {
    if (!snapshot.topicId().equals(events.topicId())
        || !snapshot.clusterId().equals(events.clusterId())) {
      throw new FailureException(
          "job '%s' counted another topic '%s' (id %s, cluster %s) than the one that is there now (id %s, cluster %s): its offsets mean other events. Start a new job."
              .formatted(
                  config.job(),
                  names.events(),
                  snapshot.topicId(),
                  snapshot.clusterId(),
                  events.topicId(),
                  events.clusterId()));
    }
    if (!snapshot.classes().equals(config.events().schema().classes())) {
      throw new FailureException(
          "job '%s' counted the classes %s; events.classes is %s: they must be the same"
              .formatted(config.job(), snapshot.classes(), config.events().schema().classes()));
    }
  }

  private void published(ClassWeights snapshot) {
    newest = snapshot;
    metrics.published(snapshot);
  }

  private long counted() {
    ClassWeights snapshot = newest;
    return snapshot == null ? 0 : snapshot.totalEvents() - countedBefore;
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
