package dev.counterweight.counter;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.counterweight.config.JobConfig;
import dev.counterweight.kafka.AdminCalls;
import dev.counterweight.kafka.KafkaClients;
import dev.counterweight.kafka.OpenTransactions;
import dev.counterweight.kafka.Retry;
import dev.counterweight.kafka.TopicGuard;
import dev.counterweight.kafka.TopicRights;
import dev.counterweight.kafka.TopicSetup;
import dev.counterweight.kafka.TopicTail;
import dev.counterweight.protocol.JobTopics;
import dev.counterweight.runtime.JsonPages;
import dev.counterweight.runtime.Role;
import dev.counterweight.weights.Snapshot;
import dev.counterweight.weights.SnapshotJson;
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
import org.jspecify.annotations.Nullable;

/**
 * Counts the classes of the events topic with Kafka Streams, exactly once, and publishes snapshots
 * of the class weights. Owns its clients and the topology's threads.
 */
public final class CounterRole implements Role, JsonPages {
  private static final Duration TIMEOUT = Duration.ofSeconds(10);
  private static final Duration READING = Duration.ofSeconds(30);

  private final JobConfig config;
  private final JobTopics names;
  private final KafkaClients clients;
  private final Retry retry = new Retry(() -> this.draining);
  private final OwnEvents own = new OwnEvents();
  private final HeldEvents held;
  private final CounterMeters metrics;
  private final Clock clock;
  private final boolean stopAtEnd;
  private volatile boolean draining;
  private volatile Status status = new Status(State.STARTING, "connecting");
  private volatile @Nullable TopicGuard guard;
  private volatile @Nullable Snapshot newest;
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
    this.held = new HeldEvents(names.events());
    this.clients = clients;
    this.metrics =
        new CounterMeters(registry, config.job(), config.events().schema().classes(), clock);
    this.clock = clock;
    this.stopAtEnd = stopAtEnd;
  }

  @Override
  public String name() {
    return "counter";
  }

  @Override
  public void run() throws Exception {
    Admin admin = clients.admin(names.groupOf("counter") + ".admin");
    try (TopicTail<Snapshot> tail =
        new TopicTail<>(
            clients.consumer(names.groupOf("counter") + ".tail", Map.of()),
            names.classWeights(),
            found -> SnapshotJson.read(found.value()),
            READING)) {
      AdminCalls calls = new AdminCalls(admin, TIMEOUT, config.kafka());
      retry.until("begin to count", () -> prepared(admin, calls, tail)).run(tail);
      status = new Status(State.DONE, held.done("counted " + own.total() + " events"));
    } catch (Retry.StoppedException e) {
      status = new Status(State.DONE, "drained before it began");
    } catch (Exception e) {
      status = new Status(State.FAILED, String.valueOf(e.getMessage()));
      throw e;
    } finally {
      // Not waiting for questions that nobody answers.
      admin.close(Duration.ofSeconds(1));
    }
  }

  /** Looks at everything that counting rests on; may be done again. */
  private CountingRun prepared(Admin admin, AdminCalls calls, TopicTail<Snapshot> tail) {
    TopicSetup topics = new TopicSetup(calls);
    new TopicRights(calls).require(rights());
    topics.ensure(names, List.of(names.classWeights()));
    Optional<Snapshot> before = tail.newest();
    Resumption resumption = new Resumption(config, topics);
    before.ifPresent(resumption::requireSameSchema);
    countedBefore = before.map(s -> s.counts().totalEvents()).orElse(0L);
    before.ifPresent(this::published);
    KafkaInputOffsets offsets =
        new KafkaInputOffsets(calls, names.events(), names.groupOf("counter"), this::addedUnderWay);
    TopicSetup.Identity events = topics.require(names.events());
    if (before.isEmpty()) {
      offsets.applyStart(config.events().start(), events.partitions());
    }
    SortedMap<Integer, Long> end = stopAtEnd ? end(offsets, events.partitions()) : new TreeMap<>();
    TopicGuard watched = new TopicGuard(admin, names.events(), events);
    guard = watched;
    return new CountingRun(
        config,
        clients,
        topics,
        resumption,
        new ChangelogGrowth(calls, topics, names.events(), names.groupOf("counter")),
        offsets,
        events,
        watched,
        retry,
        end,
        own,
        metrics,
        clock,
        new Progress(resumption));
  }

  @Override
  public void drain() {
    draining = true;
  }

  @Override
  public Status status() {
    Status current = status;
    TopicGuard watched = guard;
    Optional<String> waits =
        retry.waiting().or(() -> watched == null ? Optional.empty() : watched.silence());
    return waits.isPresent() && current.state() != State.DONE && current.state() != State.FAILED
        ? new Status(State.WAITING, waits.get())
        : current;
  }

  /** What this process counted, and the counts of the whole job. */
  @Override
  public Map<String, Object> summary() {
    Map<String, Object> summary = new LinkedHashMap<>();
    summary.put("events", own.total());
    if (held.leftOut() > 0) {
      summary.put("offsets_not_waited_for", held.leftOut());
    }
    Map<String, Long> counts = new LinkedHashMap<>();
    Snapshot snapshot = newest;
    List<String> classes = config.events().schema().classes();
    for (int c = 0; c < classes.size(); c++) {
      counts.put(classes.get(c), snapshot == null ? 0 : snapshot.counts().events(c));
    }
    summary.put("counts", counts);
    return summary;
  }

  /** /counts, and /weights, which is the newest snapshot as published; whole, on any instance. */
  @Override
  public Map<String, Supplier<Optional<String>>> jsonPages() {
    return Map.of(
        "/counts", () -> Optional.ofNullable(newest).map(SnapshotJson::counts),
        "/weights",
            () ->
                Optional.ofNullable(newest)
                    .map(snapshot -> new String(SnapshotJson.write(snapshot), UTF_8)));
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

  /** Where the topic ends now for whoever reads committed records; what lies beyond is told. */
  private SortedMap<Integer, Long> end(KafkaInputOffsets offsets, int partitions) {
    SortedMap<Integer, Long> high = offsets.highWatermarks(partitions);
    SortedMap<Integer, Long> end = offsets.ends(partitions);
    held.runsTo(end, high, clock.millis());
    return end;
  }

  /** Reads back what a counter of the job has published, this or another. */
  private void published(Snapshot snapshot) {
    Snapshot before = newest;
    snapshot.requireWhole();
    if (before != null && before.version() != snapshot.version()) {
      snapshot.requireFollows(before);
    }
    newest = snapshot;
    metrics.published(snapshot);
  }

  /** Whether a partition was added to the topic after the job had begun. */
  private boolean addedUnderWay(int partition) {
    Snapshot snapshot = newest;
    return snapshot != null && !snapshot.offsets().covered().containsKey(partition);
  }

  /** Events that all counters of the job have counted since this one began. */
  private long counted() {
    Snapshot snapshot = newest;
    return snapshot == null ? 0 : snapshot.counts().totalEvents() - countedBefore;
  }

  /** What the run tells becomes what the role tells. */
  private final class Progress implements CountingRun.Listener {
    private final Resumption resumption;

    Progress(Resumption resumption) {
      this.resumption = resumption;
    }

    @Override
    public boolean draining() {
      if (draining) {
        status = new Status(State.DRAINING, "committing");
      }
      return draining;
    }

    @Override
    public void joining() {
      status = new Status(State.STARTING, "joining the group");
    }

    @Override
    public void running(String tasks) {
      status = new Status(State.RUNNING, "counted %d events; %s".formatted(counted(), tasks));
    }

    @Override
    public void lag(long events) {
      metrics.lag(events);
    }

    @Override
    public void held(OpenTransactions.Held now) {
      metrics.held(now);
      held.now(now, clock.millis());
    }

    @Override
    public void published(Snapshot snapshot) {
      // Two counters that begin at once, of which neither finds a snapshot, differ only here.
      resumption.requireSameSchema(snapshot);
      CounterRole.this.published(snapshot);
    }
  }
}
