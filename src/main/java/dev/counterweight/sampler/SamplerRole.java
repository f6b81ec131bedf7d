package dev.counterweight.sampler;

import dev.counterweight.config.JobConfig;
import dev.counterweight.kafka.AdminCalls;
import dev.counterweight.kafka.KafkaClients;
import dev.counterweight.kafka.LogEnds;
import dev.counterweight.kafka.Retry;
import dev.counterweight.kafka.Ticker;
import dev.counterweight.kafka.TopicGuard;
import dev.counterweight.kafka.TopicRights;
import dev.counterweight.kafka.TopicSetup;
import dev.counterweight.kafka.TopicTail;
import dev.counterweight.kafka.TransactionalWriter;
import dev.counterweight.protocol.FailureException;
import dev.counterweight.protocol.JobTopics;
import dev.counterweight.protocol.RunEnd;
import dev.counterweight.runtime.Role;
import dev.counterweight.sampler.SnapshotFollower.SnapshotRecord;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.apache.kafka.clients.admin.Admin;
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
  private static final Duration ADMIN_TIMEOUT = Duration.ofSeconds(10);
  private static final Duration WAIT = Duration.ofMillis(200);

  private final JobConfig config;
  private final KafkaClients clients;
  private final Clock clock;
  private final Ticker ticker = new Ticker(System::nanoTime);
  private final Retry retry = new Retry(this::isDrained);
  private final boolean stopAtEnd;
  private final SamplerMeters metrics;
  private final CountDownLatch drained = new CountDownLatch(1);
  private final Deque<AutoCloseable> owned = new ArrayDeque<>();
  private volatile Status status = new Status(State.STARTING, "starting");
  private volatile @Nullable TopicGuard guard;
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
  public void run() throws Exception {
    try {
      sample();
      status = new Status(State.DONE, isDrained() ? "drained" : "at the end");
    } catch (Retry.StoppedException e) {
      if (output != null) {
        status = new Status(State.FAILED, String.valueOf(e.getMessage()));
        throw e;
      }
      status = new Status(State.DONE, "drained before it began");
    } catch (Exception e) {
      status = new Status(State.FAILED, e.getMessage() == null ? e.toString() : e.getMessage());
      throw e;
    }
  }

  @Override
  public void drain() {
    if (status.state() == State.RUNNING) {
      status = new Status(State.DRAINING, "committing what was used");
    }
    drained.countDown();
  }

  private boolean isDrained() {
    return drained.getCount() == 0;
  }

  @Override
  public Status status() {
    Status current = status;
    TopicGuard watched = guard;
    Optional<String> silent =
        retry.waiting().or(() -> watched == null ? Optional.empty() : watched.silence());
    if (silent.isPresent() && current.state() != State.DONE && current.state() != State.FAILED) {
      return new Status(State.WAITING, silent.get());
    }
    String waitsFor = metrics.waitsFor();
    return current.state() == State.RUNNING && waitsFor != null
        ? new Status(State.RUNNING, waitsFor)
        : current;
  }

  /**
   * {@code draws}, {@code dead_letters} and {@code dead_letters_by_reason}, as committed by this
   * process.
   */
  @Override
  public Map<String, Object> summary() {
    BatchOutput written = output;
    return Map.of(
        "draws", written == null ? 0L : written.draws(),
        "dead_letters", written == null ? 0L : written.deadLetters(),
        "dead_letters_by_reason", written == null ? Map.of() : written.deadLettersByReason());
  }

  @Override
  public void close() {
    IllegalStateException failure = new IllegalStateException("cannot close the sampler's clients");
    while (!owned.isEmpty()) {
      try {
        owned.pop().close();
      } catch (Exception e) {
        failure.addSuppressed(e);
      }
    }
    if (failure.getSuppressed().length > 0) {
      throw failure;
    }
  }

  private void sample() throws InterruptedException {
    JobTopics topics = config.topics();
    Admin admin = clients.admin(topics.groupOf("sampler") + ".admin");
    // Not waiting for questions that nobody answers.
    own(() -> admin.close(Duration.ofSeconds(1)));
    AdminCalls calls = new AdminCalls(admin, ADMIN_TIMEOUT, config.kafka());
    TopicSetup setup = new TopicSetup(calls);
    TopicSetup.Identity events = retry.until("begin to sample", () -> prepared(calls, setup));
    TopicGuard watched = new TopicGuard(admin, topics.events(), events);
    guard = watched;
    Consumer<byte[], byte[]> consumer =
        own(SamplerClients.consumer(config, clients, events.partitions()));
    EndMark end =
        retry.until(
            "tell where topic '" + topics.events() + "' ends",
            () ->
                new EndMark(
                    stopAtEnd, new RunEnd(ends(consumer, events), snapshots(consumer, setup))));
    Optional<SnapshotFollower> follower = follower(topics, setup);
    Optional<SnapshotRecord> first = follower.flatMap(this::first);
    if (follower.isEmpty() || first.isEmpty()) {
      return;
    }
    SnapshotCheck check = new SnapshotCheck(config, events);
    check.accept(first.get());
    retry.until(
        "read what this job wrote last",
        () -> check.accept(follower.get().newest(), newestBatch(topics)));
    String transactionalId = topics.groupOf("sampler") + "." + config.instanceId();
    TransactionalWriter writer =
        own(
            new TransactionalWriter(
                () -> SamplerClients.producer(config, clients, transactionalId),
                name(),
                transactionalId,
                ticker,
                retry,
                Thread.currentThread().getName() + "-writer"));
    writer.start();
    BatchOutput batches =
        new BatchOutput(
            topics,
            writer,
            config.events().schema().featureCount(),
            retry.until(
                "read the settings of topic '" + topics.deadLetters() + "'",
                () -> setup.maxMessageBytes(topics.deadLetters())),
            new ByteRate(config.sampler().deadLettersMaxRate()),
            metrics,
            ticker);
    output = batches;
    BatchLog log = new BatchLog(clients, topics, ticker);
    // History up to an end is drawn alike however fast it is trained on.
    Effort effort =
        new Effort(
            config.sampler(),
            stopAtEnd
                ? null
                : own(
                    retry.until(
                        "read topic '" + topics.metrics() + "'",
                        () ->
                            new TrainerReports(clients, topics, config.sampler().recordDraws()))));
    SamplerLoop.Parts parts =
        new SamplerLoop.Parts(
            config,
            consumer,
            follower.get(),
            check,
            new StartPositions(
                consumer, log, () -> follower.get().newest().map(SnapshotRecord::weights)),
            new EventSampler(config, end.see(first.get()), batches, log, effort, metrics),
            batches,
            metrics,
            clock,
            ticker,
            retry);
    status = new Status(State.RUNNING, "sampling");
    new SamplerLoop(parts, end)
        .run(
            () -> {
              watched.look();
              return isDrained();
            });
    batches.tellRejections();
  }

  private Optional<ConsumerRecord<byte[], byte[]>> newestBatch(JobTopics topics) {
    try (TopicTail<ConsumerRecord<byte[], byte[]>> batches =
        new TopicTail<>(
            clients.consumer(topics.groupOf("sampler") + ".newest", Map.of()),
            topics.batches(),
            Function.identity(),
            ADMIN_TIMEOUT)) {
      return batches.newest();
    }
  }

  /** Looks at every topic that sampling rests on; may be done again. */
  private TopicSetup.Identity prepared(AdminCalls calls, TopicSetup setup) {
    JobTopics topics = config.topics();
    new TopicRights(calls).require(rights(topics));
    TopicSetup.Identity events = setup.require(topics.events());
    setup.ensure(topics, List.of(topics.batches(), topics.deadLetters(), topics.metrics()));
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

  /** A reader of the snapshots, once the counter has made their topic; empty if drained before. */
  private Optional<SnapshotFollower> follower(JobTopics topics, TopicSetup setup)
      throws InterruptedException {
    status = new Status(State.WAITING, "waiting for the counter");
    String look = "look for topic '" + topics.classWeights() + "'";
    while (retry.until(look, () -> setup.find(topics.classWeights())).isEmpty()) {
      if (drained.await(WAIT.toMillis(), TimeUnit.MILLISECONDS)) {
        return Optional.empty();
      }
    }
    return Optional.of(
        own(
            retry.until(
                "read topic '" + topics.classWeights() + "'",
                () -> new SnapshotFollower(clients, topics))));
  }

  private Optional<SnapshotRecord> first(SnapshotFollower follower) {
    Optional<SnapshotRecord> first = Optional.empty();
    while (first.isEmpty() && drained.getCount() > 0) {
      first = retry.until("read the counter's snapshots", () -> follower.next(WAIT));
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

  private <T extends AutoCloseable> T own(T resource) {
    owned.push(resource);
    return resource;
  }
}
