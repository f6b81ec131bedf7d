package dev.counterweight.counter;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.counterweight.config.JobConfig;
import dev.counterweight.event.WriterSchemas;
import dev.counterweight.kafka.Cluster;
import dev.counterweight.kafka.KafkaClients;
import dev.counterweight.kafka.TopicSetup;
import dev.counterweight.kafka.TopicTail;
import dev.counterweight.protocol.JobTopics;
import dev.counterweight.registry.SchemaRegistry;
import dev.counterweight.runtime.Role;
import dev.counterweight.runtime.RoleContext;
import dev.counterweight.streams.KafkaInputOffsets;
import dev.counterweight.streams.TopologyRun;
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
import org.apache.kafka.common.IsolationLevel;
import org.apache.kafka.common.acl.AclOperation;

/**
 * Counts the classes of the events topic with Kafka Streams, exactly once, and publishes snapshots
 * of the class weights. Owns its clients and the topology's threads.
 */
public final class CounterRole implements Role {
  private static final Duration READING = Duration.ofSeconds(30);

  private final JobConfig config;
  private final JobTopics names;
  private final KafkaClients clients;
  private final OwnEvents own = new OwnEvents();
  private final HeldEvents held;
  private final MeterRegistry registry;
  private final CounterMeters metrics;
  private final Clock clock;
  private final boolean stopAtEnd;
  private final JobCounts counts;

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
    this.registry = registry;
    this.metrics =
        new CounterMeters(registry, config.job(), config.events().schema().classes(), clock);
    this.counts = new JobCounts(config, metrics);
    this.clock = clock;
    this.stopAtEnd = stopAtEnd;
  }

  @Override
  public String name() {
    return "counter";
  }

  @Override
  public String run(RoleContext context) throws Exception {
    context.status(State.STARTING, "connecting");
    String group = names.groupOf("counter");
    Cluster cluster = context.own(new Cluster(clients, group + ".admin", config.kafka()));
    if (names.joins() && !context.awaitTopic(cluster.topics(), names.events(), "joiner")) {
      return RoleContext.NOT_BEGUN;
    }
    TopicTail<Snapshot> tail =
        context.own(
            new TopicTail<>(
                clients.consumer(group + ".tail", Map.of()),
                names.classWeights(),
                found -> SnapshotJson.read(found.value()),
                READING));
    WriterSchemas schemas = SchemaRegistry.of(config, name(), registry, context);
    context.retry().until("begin to count", () -> prepared(context, cluster, tail, schemas)).run();
    return held.done("counted " + own.total() + " events");
  }

  /** Looks at everything that counting rests on; may be done again. */
  private TopologyRun prepared(
      RoleContext context, Cluster cluster, TopicTail<Snapshot> tail, WriterSchemas schemas) {
    TopicSetup topics = cluster.topics();
    cluster.requireRights(rights());
    topics.ensure(names, List.of(names.classWeights()));
    Optional<Snapshot> before = tail.newest();
    before.ifPresent(counts::take);
    counts.begin();
    String group = names.groupOf("counter");
    KafkaInputOffsets offsets =
        new KafkaInputOffsets(
            clients, cluster.calls(), names.events(), group, counts::addedUnderWay);
    TopicSetup.Identity events = topics.require(names.events());
    if (before.isEmpty()) {
      offsets.applyStart(config.events().start(), events.partitions());
    }
    SortedMap<Integer, Long> end = stopAtEnd ? end(offsets, events.partitions()) : new TreeMap<>();
    context.watch(cluster.guard(names.events(), events));
    CountingWork work =
        new CountingWork(
            config,
            clients,
            context,
            new Resumption(config, cluster.calls(), topics, events),
            offsets,
            end,
            own,
            counts,
            held,
            schemas,
            tail,
            metrics,
            clock);
    return new TopologyRun(name(), config.kafka().bootstrapServers(), clients, context, work);
  }

  /** What this process counted, and the counts of the whole job. */
  @Override
  public Map<String, Object> summary() {
    Map<String, Object> summary = new LinkedHashMap<>();
    summary.put("events", own.total());
    if (held.leftOut() > 0) {
      summary.put("offsets_not_waited_for", held.leftOut());
    }
    summary.put("counts", counts.byClass());
    return summary;
  }

  /** /counts, and /weights, which is the newest snapshot as published; whole, on any instance. */
  @Override
  public Map<String, Supplier<Optional<String>>> jsonPages() {
    return Map.of(
        "/counts", () -> counts.newest().map(SnapshotJson::counts),
        "/weights",
            () -> counts.newest().map(snapshot -> new String(SnapshotJson.write(snapshot), UTF_8)));
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
    SortedMap<Integer, Long> high = offsets.ends(partitions, IsolationLevel.READ_UNCOMMITTED);
    SortedMap<Integer, Long> end = offsets.ends(partitions, IsolationLevel.READ_COMMITTED);
    held.runsTo(end, high, clock.millis());
    return end;
  }
}
