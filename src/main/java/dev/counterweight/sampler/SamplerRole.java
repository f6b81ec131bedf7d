package dev.counterweight.sampler;

import dev.counterweight.config.JobConfig;
import dev.counterweight.kafka.Cluster;
import dev.counterweight.kafka.KafkaClients;
import dev.counterweight.kafka.LogEnds;
import dev.counterweight.kafka.Retry;
import dev.counterweight.kafka.Ticker;
import dev.counterweight.kafka.TopicSetup;
import dev.counterweight.kafka.TopicTail;
import dev.counterweight.kafka.TransactionalWriter;
import dev.counterweight.letters.ByteRate;
import dev.counterweight.protocol.FailureException;
import dev.counterweight.protocol.JobTopics;
import dev.counterweight.protocol.RunEnd;
import dev.counterweight.registry.SchemaRegistry;
import dev.counterweight.runtime.Role;
import dev.counterweight.runtime.RoleContext;
import dev.counterweight.sampler.SnapshotFollower.SnapshotRecord;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.function.Function;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.acl.AclOperation;
import org.jspecify.annotations.Nullable;

/**
 * The sampler: follows the counter and turns events into batch records, exactly once. It may be
 * killed anywhere: no event is lost and none is used twice. Several instances share the partitions
 * of the events topic; each needs its own instance id.
 */
public final class SamplerRole implements Role {
  private static final Duration NEWEST = Duration.ofSeconds(10);
  private static final Duration WAIT = Duration.ofMillis(200);
  private static final String DRAINED = "drained";

  private final JobConfig config;
  private final KafkaClients clients;
  private final Clock clock;
  private final Ticker ticker = new Ticker(System::nanoTime);
  private final boolean stopAtEnd;
  private final MeterRegistry registry;
  private final SamplerMeters metrics;
  private volatile @Nullable BatchOutput output;

  /**
   * @param stopAtEnd return once every event up to the counter's end mark is used
   */
  public SamplerRole(
      JobConfig config,
      KafkaClients clients,
      MeterRegistry registry,
      Clock clock,
      boolean stopAtEnd) {
    this.config = config;
    this.clients = clients;
    this.registry = registry;
    this.clock = clock;
    this.stopAtEnd = stopAtEnd;
    this.metrics =
        new SamplerMeters(registry, config.job(), config.events().schema().classes(), clock);
  }

  @Override
  public String name() {
    return "sampler";
  }

  /**
   * Samples until drained or at the end.
   *
   * @throws FailureException if it cannot go on: a topic that is absent or not as it must be,
   *     events deleted before they were used, another instance with the same id
   */
  @Override
  public String run(RoleContext context) throws InterruptedException {
    JobTopics topics = config.topics();
    Retry retry = context.retry();
    Cluster cluster =
        context.own(new Cluster(clients, topics.groupOf("sampler") + ".admin", config.kafka()));
    if (topics.joins() && !context.awaitTopic(cluster.topics(), topics.events(), "joiner")) {
      return RoleContext.NOT_BEGUN;
    }
    TopicSetup.Identity events = retry.until("begin to sample", () -> prepared(cluster));
    context.watch(cluster.guard(topics.events(), events));
    Consumer<byte[], byte[]> consumer =
        context.own(SamplerClients.consumer(config, clients, events.partitions()));
    EndMark end =
        retry.until(
            "tell where topic '" + topics.events() + "' ends",
            () ->
                new EndMark(
                    stopAtEnd,
                    new RunEnd(ends(consumer, events), snapshots(consumer, cluster.topics()))));
    // Ready to write by the time the counter tells of a first snapshot.
    output = output(context, cluster.topics());
    if (!context.awaitTopic(cluster.topics(), topics.classWeights(), "counter")) {
      return DRAINED;
    }
    SnapshotFollower follower =
        context.own(
            retry.until(
                "read topic '" + topics.classWeights() + "'",
                () -> new SnapshotFollower(clients, topics, config.events().schema().schema())));
    Optional<SnapshotRecord> first = first(context, follower);
    if (first.isEmpty()) {
      return DRAINED;
    }
    SnapshotCheck check = new SnapshotCheck(config, events);
    check.accept(first.get());
    retry.until(
        "read what this job wrote last",
        () -> check.accept(follower.newest(), newestBatch(topics)));
    SamplerLoop loop = loop(context, cluster, consumer, follower, check, end, first.get());
    context.status(State.RUNNING, () -> Objects.requireNonNullElse(metrics.waitsFor(), "sampling"));
    loop.run(
        () -> {
          context.look();
          return context.isDraining("committing what was used");
        });
    Objects.requireNonNull(output).tellRejections();
    return context.isDraining() ? DRAINED : "at the end";
  }

  /**
   * {@code draws}, {@code dead_letters}, {@code dead_letters_by_reason} and {@code
   * passed_over_by_reason}, as committed by this process.
   */
  @Override
  public Map<String, Object> summary() {
    BatchOutput written = output;
    return Map.of(
        "draws", written == null ? 0L : written.draws(),
        "dead_letters", written == null ? 0L : written.deadLetters(),
        "dead_letters_by_reason", written == null ? Map.of() : written.deadLettersByReason(),
        "passed_over_by_reason", written == null ? Map.of() : written.passedOverByReason());
  }

  private SamplerLoop loop(
      RoleContext context,
      Cluster cluster,
      Consumer<byte[], byte[]> consumer,
      SnapshotFollower follower,
      SnapshotCheck check,
      EndMark end,
      SnapshotRecord first) {
    JobTopics topics = config.topics();
    BatchOutput batches = Objects.requireNonNull(output);
    BatchLog log = new BatchLog(clients, topics, ticker);
    SamplerLoop.Parts parts =
        new SamplerLoop.Parts(
            config,
            consumer,
            follower,
            check,
            new StartPositions(consumer, log, () -> follower.newest().map(SnapshotRecord::weights)),
            new RecentStarts(
                log,
                level -> cluster.end(topics.batches(), level),
                config.events().schema().schema()),
            new EventSampler(
                config,
                end.see(first),
                batches,
                log,
                reports(context),
                SchemaRegistry.of(config, name(), registry, context),
                metrics),
            batches,
            metrics,
            clock,
            ticker,
            context.retry());
    return new SamplerLoop(parts, end);
  }

  private BatchOutput output(RoleContext context, TopicSetup setup) {
    JobTopics topics = config.topics();
    String transactionalId = topics.groupOf("sampler") + "." + config.instanceId();
    TransactionalWriter writer =
        context.own(
            new TransactionalWriter(
                () -> SamplerClients.producer(config, clients, transactionalId),
                name(),
                transactionalId,
                ticker,
                context.retry(),
                Thread.currentThread().getName() + "-writer"));
    writer.start();
    return new BatchOutput(
        topics,
        writer,
        config.events(),
        context
            .retry()
            .until(
                "read the settings of topic '" + topics.deadLetters() + "'",
                () -> setup.maxMessageBytes(topics.deadLetters())),
        new ByteRate(config.sampler().deadLettersMaxRate()),
        metrics,
        ticker);
  }

  /** History up to an end is drawn alike however fast it is trained on. */
  private @Nullable TrainerReports reports(RoleContext context) {
    JobTopics topics = config.topics();
    int recordDraws = config.sampler().recordDraws();
    return stopAtEnd
        ? null
        : context.own(
            context
                .retry()
                .until(
                    "read topic '" + topics.metrics() + "'",
                    () -> new TrainerReports(clients, topics, recordDraws)));
  }

  private Optional<ConsumerRecord<byte[], byte[]>> newestBatch(JobTopics topics) {
    try (TopicTail<ConsumerRecord<byte[], byte[]>> batches =
        new TopicTail<>(
            clients.consumer(topics.groupOf("sampler") + ".newest", Map.of()),
            topics.batches(),
            Function.identity(),
            NEWEST)) {
      return batches.newest();
    }
  }

  /** Looks at every topic that sampling rests on; may be done again. */
  private TopicSetup.Identity prepared(Cluster cluster) {
    JobTopics topics = config.topics();
    cluster.requireRights(rights(topics));
    TopicSetup.Identity events = cluster.topics().require(topics.events());
    cluster
        .topics()
        .ensure(topics, List.of(topics.batches(), topics.deadLetters(), topics.metrics()));
    return events;
  }

  private static Map<String, Set<AclOperation>> rights(JobTopics topics) {
    Set<AclOperation> write = Set.of(AclOperation.WRITE, AclOperation.DESCRIBE_CONFIGS);
    return Map.of(
        topics.events(),
        Set.of(AclOperation.READ),
        topics.classWeights(),
        Set.of(AclOperation.READ),
        topics.batches(),
        Set.of(AclOperation.READ, AclOperation.WRITE, AclOperation.DESCRIBE_CONFIGS),
        topics.metrics(),
        Set.of(AclOperation.READ, AclOperation.DESCRIBE_CONFIGS),
        topics.deadLetters(),
        write);
  }

  private static Optional<SnapshotRecord> first(RoleContext context, SnapshotFollower follower) {
    Optional<SnapshotRecord> first = Optional.empty();
    while (first.isEmpty() && !context.isDraining()) {
      first = context.retry().until("read the counter's snapshots", () -> follower.next(WAIT));
    }
    return first;
  }

  private SortedMap<Integer, Long> ends(
      Consumer<byte[], byte[]> consumer, TopicSetup.Identity events) {
    return new LogEnds(consumer)
        .ends(LogEnds.partitions(config.events().topic(), events.partitions()));
  }

  /** Where the next snapshot will stand. */
  private long snapshots(Consumer<byte[], byte[]> consumer, TopicSetup setup) {
    TopicPartition log = new TopicPartition(config.topics().classWeights(), 0);
    return setup.find(log.topic()).isEmpty() ? 0 : new LogEnds(consumer).end(log);
  }
}
