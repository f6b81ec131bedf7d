package dev.counterweight.sampler;

import dev.counterweight.config.JobConfig;
import dev.counterweight.event.WriterSchemas;
import dev.counterweight.kafka.KafkaClients;
import dev.counterweight.kafka.LogEnds;
import dev.counterweight.kafka.Retry;
import dev.counterweight.kafka.Ticker;
import dev.counterweight.kafka.TopicSetup;
import dev.counterweight.kafka.WriterSteps;
import dev.counterweight.letters.ByteRate;
import dev.counterweight.protocol.JobTopics;
import dev.counterweight.protocol.RunEnd;
import dev.counterweight.sampler.SnapshotFollower.SnapshotRecord;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.Clock;
import java.time.Duration;
import java.util.Optional;
import java.util.function.ToLongFunction;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.common.IsolationLevel;
import org.jspecify.annotations.Nullable;

/**
 * What a sampler's role makes of its parts, a turn at a time in the caller's thread: the loop's, or
 * that of the writer, which is a thread of its own otherwise. Not thread-safe.
 */
public final class SteppedSampler {
  private static final int LETTER_BYTES = 1 << 20;

  private final JobConfig config;
  private final TopicSetup.Identity events;
  private final KafkaClients clients;
  private final Clock clock;
  private final Ticker ticker;
  private final Retry retry;
  private final MeterRegistry registry;
  private final Consumer<byte[], byte[]> consumer;
  private final SnapshotFollower follower;
  private final ToLongFunction<IsolationLevel> batchesEnd;
  private @Nullable WriterSteps writer;
  private @Nullable SamplerLoop loop;

  /**
   * @param batchesEnd where the batch log ends
   */
  public SteppedSampler(
      JobConfig config,
      TopicSetup.Identity events,
      KafkaClients clients,
      Clock clock,
      Ticker ticker,
      Retry retry,
      MeterRegistry registry,
      ToLongFunction<IsolationLevel> batchesEnd) {
    this.config = config;
    this.events = events;
    this.clients = clients;
    this.clock = clock;
    this.ticker = ticker;
    this.retry = retry;
    this.registry = registry;
    this.batchesEnd = batchesEnd;
    this.consumer = SamplerClients.consumer(config, clients, events.partitions());
    this.follower =
        retry.until(
            "read the snapshots",
            () ->
                new SnapshotFollower(clients, config.topics(), config.events().schema().schema()));
  }

  /** A turn of the loop, once there is a snapshot to begin with. */
  public void turn() {
    SamplerLoop begun = loop;
    if (begun != null) {
      begun.work();
      return;
    }
    Optional<SnapshotRecord> first = follower.next(Duration.ZERO);
    if (first.isPresent()) {
      SnapshotCheck check = new SnapshotCheck(config, events);
      check.accept(first.get());
      SamplerLoop made = made(first.get(), check);
      made.begin();
      loop = made;
    }
  }

  /** A piece of the writer's work; false if there is none. */
  public boolean write() {
    WriterSteps steps = writer;
    return steps != null && steps.step();
  }

  /** Commits what is used, and leaves the group. */
  public void leave() {
    SamplerLoop begun = loop;
    if (begun != null) {
      begun.run(() -> true);
    }
    consumer.close();
  }

  private SamplerLoop made(SnapshotRecord first, SnapshotCheck check) {
    JobTopics topics = config.topics();
    String id = topics.groupOf("sampler") + "." + config.instanceId();
    WriterSteps steps =
        new WriterSteps(
            () -> SamplerClients.producer(config, clients, id), "sampler", id, ticker, retry);
    writer = steps;
    steps.writer().start();
    SamplerMeters metrics =
        new SamplerMeters(registry, config.job(), config.events().schema().classes(), clock);
    BatchOutput output =
        new BatchOutput(
            topics,
            steps.writer(),
            config.events(),
            LETTER_BYTES,
            new ByteRate(config.sampler().deadLettersMaxRate()),
            metrics,
            ticker);
    BatchLog log = new BatchLog(clients, topics, ticker);
    EndMark end =
        new EndMark(
            false,
            new RunEnd(
                retry.until(
                    "tell where the events end",
                    () ->
                        new LogEnds(consumer)
                            .ends(LogEnds.partitions(topics.events(), events.partitions()))),
                first.offset() + 1));
    SamplerLoop.Parts parts =
        new SamplerLoop.Parts(
            config,
            consumer,
            follower,
            check,
            new StartPositions(consumer, log, () -> follower.newest().map(SnapshotRecord::weights)),
            new RecentStarts(log, batchesEnd, config.events().schema().schema()),
            new EventSampler(
                config, end.see(first), output, log, null, WriterSchemas.NONE, metrics),
            output,
            metrics,
            clock,
            ticker,
            retry);
    return new SamplerLoop(parts, end);
  }
}
