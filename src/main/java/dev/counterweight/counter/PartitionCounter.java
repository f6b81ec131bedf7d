package dev.counterweight.counter;

import dev.counterweight.config.EventsConfig;
import dev.counterweight.config.HalfLife;
import dev.counterweight.event.EventDecoder;
import dev.counterweight.event.EventHead;
import dev.counterweight.event.EventRejectedException;
import dev.counterweight.runtime.FailureException;
import dev.counterweight.weights.DecayedCounts;
import java.time.Clock;
import java.time.Duration;
import org.apache.kafka.streams.processor.PunctuationType;
import org.apache.kafka.streams.processor.api.Processor;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.processor.api.RecordMetadata;
import org.apache.kafka.streams.state.KeyValueStore;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Counts the events of one partition and forwards what it has: at the first punctuation after every
 * start or move, then at every update interval in which something came, and after every so many
 * events while catching up.
 *
 * <p>Every event is in the store before {@link #process} returns: nothing of ours runs between the
 * last event and an exactly-once commit, so what is only in a field is lost when the task moves.
 */
final class PartitionCounter implements Processor<byte[], byte[], Integer, PartitionCounts> {
  static final String STORE = "counts";
  private static final Logger LOG = LoggerFactory.getLogger(PartitionCounter.class);
  private static final Duration WITHOUT_INTERVAL = Duration.ofSeconds(1);

  /**
   * What all partitions count by.
   *
   * @param halfLife by which what is counted fades
   * @param updateInterval zero to forward by count and when the flow stops only
   * @param partitions of the events topic: each task takes its share of the pace
   */
  record Settings(
      EventsConfig events,
      HalfLife halfLife,
      Duration updateInterval,
      PublishingPace pace,
      int partitions,
      InputOffsets offsets,
      Clock clock,
      CounterMetrics metrics) {}

  private final Settings settings;
  private final EventDecoder decoder;
  private @Nullable ProcessorContext<Integer, PartitionCounts> context;
  private @Nullable KeyValueStore<Integer, PartitionCounts> store;
  private @Nullable PartitionCounts row;
  private int partition;
  private boolean forwardedOnce;
  private long changes;
  private long changesForwarded;
  private long changesAtLastPunctuation;
  private long forwardedByCount;

  PartitionCounter(Settings settings) {
    this.settings = settings;
    this.decoder = settings.events().format().decoder(settings.events().schema());
  }

  @Override
  public void init(ProcessorContext<Integer, PartitionCounts> newContext) {
    context = newContext;
    partition = newContext.taskId().partition();
    KeyValueStore<Integer, PartitionCounts> counts = newContext.getStateStore(STORE);
    store = counts;
    PartitionCounts found = counts.get(partition);
    if (found == null) {
      found =
          PartitionCounts.startingAt(
              settings.offsets().first(partition),
              settings.halfLife(),
              settings.events().schema().classCount());
    }
    row = afterLoss(found).withHalfLife(settings.halfLife());
    counts.put(partition, row);
    Duration interval = settings.updateInterval();
    newContext.schedule(
        interval.isZero() ? WITHOUT_INTERVAL : interval,
        PunctuationType.WALL_CLOCK_TIME,
        time -> punctuate());
  }

  @Override
  public void process(Record<byte[], byte[]> event) {
    PartitionCounts before = present(row);
    long offset =
        present(context).recordMetadata().map(RecordMetadata::offset).orElse(Long.MIN_VALUE);
    if (offset < before.next()) {
      return; // committed offsets may be reset behind the store, which is the truth
    }
    count(event, before.counts());
    row = before.movedTo(offset + 1);
    present(store).put(partition, row);
    changes++;
    long share = settings.pace().events(forwardedByCount) / settings.partitions();
    if (changes - changesForwarded >= Math.max(1, share)) {
      forwardedByCount++;
      forward();
    }
  }

  /** Counts the event if it can be read. */
  private void count(Record<byte[], byte[]> event, DecayedCounts into) {
    try {
      EventHead read = decoder.head(event.value(), event.timestamp());
      EventHead head = read.notAfter(settings.clock().millis() + settings.events().maxFutureMs());
      if (head != read) {
        settings.metrics().clamped();
      }
      into.add(head.label(), head.importance(), head.timeMs());
      settings.metrics().counted();
    } catch (EventRejectedException e) {
      // Only the sampler writes dead letters; here it is passed over, and the position moves on.
      settings.metrics().passedOver();
    }
  }

  private void punctuate() {
    boolean quiet = changes == changesAtLastPunctuation;
    changesAtLastPunctuation = changes;
    boolean due = !settings.updateInterval().isZero() || quiet;
    if (!forwardedOnce || (due && changes > changesForwarded)) {
      forward();
    }
  }

  private void forward() {
    forwardedOnce = true;
    changesForwarded = changes;
    ProcessorContext<Integer, PartitionCounts> to = present(context);
    to.forward(new Record<>(partition, present(row), to.currentSystemTimeMs()));
  }

  /** Events were lost only if the log begins after the position: gaps alone never mean that. */
  private PartitionCounts afterLoss(PartitionCounts found) {
    long logStart = settings.offsets().logStart(partition);
    if (logStart <= found.next()) {
      return found;
    }
    String range =
        "topic '%s', partition %d: offsets %d to %d were deleted before they were counted"
            .formatted(settings.events().topic(), partition, found.next(), logStart - 1);
    if (settings.events().lost() == EventsConfig.Lost.FAIL) {
      throw new FailureException(range + "; set events.lost=continue to go on without them");
    }
    LOG.warn("{}; going on without them, as events.lost=continue says", range);
    return found.movedTo(logStart);
  }

  private static <T> T present(@Nullable T value) {
    if (value == null) {
      throw new IllegalStateException("used before init");
    }
    return value;
  }
}
