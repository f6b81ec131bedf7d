package dev.counterweight.simulation;

import java.io.File;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.Serde;
import org.apache.kafka.common.utils.Bytes;
import org.apache.kafka.streams.StreamsMetrics;
import org.apache.kafka.streams.processor.Cancellable;
import org.apache.kafka.streams.processor.PunctuationType;
import org.apache.kafka.streams.processor.Punctuator;
import org.apache.kafka.streams.processor.StateStore;
import org.apache.kafka.streams.processor.TaskId;
import org.apache.kafka.streams.processor.api.Processor;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.processor.api.RecordMetadata;
import org.apache.kafka.streams.processor.internals.ProcessorRecordContext;
import org.apache.kafka.streams.state.internals.CachedStateStore;
import org.jspecify.annotations.Nullable;

/** A task: a processor with its stores and the records that wait for it. Not thread-safe. */
final class StreamsTask<KIn, VIn, KOut, VOut> implements ProcessorContext<KOut, VOut> {
  private final SubTopology<KIn, VIn, KOut, VOut> part;
  private final TaskId id;
  private final VirtualTime time;
  private final Consumer<ProducerRecord<byte[], byte[]>> output;
  private final Map<String, MemoryStore<?, ?>> stores = new LinkedHashMap<>();
  private final Map<String, StateStore> opened = new LinkedHashMap<>();
  private final Map<String, Queue<ConsumerRecord<byte[], byte[]>>> waiting = new TreeMap<>();
  private final Set<TopicPartition> consumed = new HashSet<>();
  private final List<Schedule> schedules = new ArrayList<>();
  private final Processor<KIn, VIn, KOut, VOut> processor;
  private @Nullable RecordMetadata current;
  private boolean commitWanted;
  private boolean commitNeeded;

  private static final class Schedule implements Cancellable {
    final Punctuator punctuator;
    final long everyMs;
    long nextMs;
    boolean cancelled;

    Schedule(Punctuator punctuator, long everyMs, long nowMs) {
      this.punctuator = punctuator;
      this.everyMs = everyMs;
      this.nextMs = nowMs + everyMs;
    }

    @Override
    public void cancel() {
      cancelled = true;
    }
  }

  StreamsTask(
      SubTopology<KIn, VIn, KOut, VOut> part,
      TaskId id,
      Processor<KIn, VIn, KOut, VOut> processor,
      VirtualTime time,
      Map<String, MemoryStore<?, ?>> stores,
      Map<String, StateStore> opened,
      Consumer<ProducerRecord<byte[], byte[]>> output) {
    this.part = part;
    this.id = id;
    this.processor = processor;
    this.time = time;
    this.output = output;
    this.stores.putAll(stores);
    this.opened.putAll(opened);
    processor.init(this);
    commitNeeded = true;
  }

  int partition() {
    return id.partition();
  }

  /** What it had its processor do; Streams has a revived task go on with the same. */
  Processor<?, ?, ?, ?> processor() {
    return processor;
  }

  boolean reads(TopicPartition source) {
    return source.partition() == partition() && part.inputs().contains(source.topic());
  }

  void add(List<ConsumerRecord<byte[], byte[]>> records) {
    records.forEach(
        record -> waiting.computeIfAbsent(record.topic(), t -> new ArrayDeque<>()).add(record));
  }

  int waiting() {
    return waiting.values().stream().mapToInt(Queue::size).sum();
  }

  /** Of several inputs the record with the earliest time, as Streams has it. */
  private @Nullable ConsumerRecord<byte[], byte[]> next() {
    return waiting.values().stream()
        .filter(queue -> !queue.isEmpty())
        .min(Comparator.comparingLong(queue -> part.reading().apply(queue.element()).timestamp()))
        .map(Queue::poll)
        .orElse(null);
  }

  /** Processes the first record that waits; false if there is none. */
  boolean process() {
    ConsumerRecord<byte[], byte[]> next = next();
    if (next == null) {
      return false;
    }
    current =
        new ProcessorRecordContext(
            next.timestamp(), next.offset(), next.partition(), next.topic(), next.headers());
    commitNeeded = true;
    consumed.add(new TopicPartition(next.topic(), next.partition()));
    processor.process(part.reading().apply(next));
    current = null;
    return true;
  }

  void punctuate() {
    for (Schedule schedule : List.copyOf(schedules)) {
      if (!schedule.cancelled && time.millis() >= schedule.nextMs) {
        schedule.nextMs = time.millis() + schedule.everyMs;
        commitNeeded = true;
        schedule.punctuator.punctuate(time.millis());
      }
    }
    schedules.removeIf(schedule -> schedule.cancelled);
  }

  boolean commitWanted() {
    return commitWanted;
  }

  boolean commitNeeded() {
    return commitNeeded;
  }

  void committed() {
    commitWanted = false;
    commitNeeded = false;
  }

  /** What its stores have to say to their changelogs. */
  void changes(BiConsumer<String, Map<Bytes, byte @Nullable []>> to) {
    opened.values().forEach(StreamsTask::flush);
    stores.forEach(
        (name, store) -> {
          Map<Bytes, byte @Nullable []> changes = store.changes();
          if (!changes.isEmpty()) {
            to.accept(name, changes);
          }
        });
  }

  private static void flush(StateStore store) {
    if (store instanceof CachedStateStore<?, ?> cached) {
      cached.flushCache();
    }
  }

  /**
   * What it commits of its inputs that it has processed anything of since it was opened: the first
   * record that waits, or the position where none does.
   *
   * @param positions of the consumer
   */
  Map<TopicPartition, OffsetAndMetadata> offsets(Map<TopicPartition, Long> positions) {
    Map<TopicPartition, OffsetAndMetadata> offsets = new LinkedHashMap<>();
    positions.forEach(
        (source, position) -> {
          if (consumed.contains(source) && position >= 0) {
            ConsumerRecord<byte[], byte[]> first =
                waiting.getOrDefault(source.topic(), new ArrayDeque<>()).peek();
            long offset = first == null ? position : first.offset();
            offsets.put(source, new OffsetAndMetadata(offset, "streams"));
          }
        });
    return offsets;
  }

  void close() {
    processor.close();
  }

  @Override
  public <K extends KOut, V extends VOut> void forward(Record<K, V> forwarded) {
    forward(forwarded, null);
  }

  @Override
  @SuppressWarnings("unchecked")
  public <K extends KOut, V extends VOut> void forward(
      Record<K, V> forwarded, @Nullable String child) {
    output.accept(part.writing().of((Record<KOut, VOut>) forwarded, child, partition()));
  }

  @Override
  public Cancellable schedule(Duration interval, PunctuationType type, Punctuator callback) {
    if (type != PunctuationType.WALL_CLOCK_TIME) {
      throw new UnsupportedOperationException("no role punctuates by stream time");
    }
    Schedule schedule = new Schedule(callback, interval.toMillis(), time.millis());
    schedules.add(schedule);
    return schedule;
  }

  @Override
  public Cancellable schedule(
      Instant start, Duration interval, PunctuationType type, Punctuator callback) {
    throw new UnsupportedOperationException("no role says when to begin");
  }

  @Override
  public void commit() {
    commitWanted = true;
  }

  @Override
  @SuppressWarnings("unchecked")
  public <S extends StateStore> S getStateStore(String name) {
    StateStore found = opened.get(name);
    if (found == null) {
      throw new IllegalStateException("no store " + name);
    }
    return (S) found;
  }

  @Override
  public String applicationId() {
    return "simulated";
  }

  @Override
  public TaskId taskId() {
    return id;
  }

  @Override
  public Optional<RecordMetadata> recordMetadata() {
    return Optional.ofNullable(current);
  }

  @Override
  public long currentSystemTimeMs() {
    return time.millis();
  }

  @Override
  public long currentStreamTimeMs() {
    throw new UnsupportedOperationException("no role goes by stream time");
  }

  @Override
  public Serde<?> keySerde() {
    throw new UnsupportedOperationException("bytes are read by who reads them");
  }

  @Override
  public Serde<?> valueSerde() {
    throw new UnsupportedOperationException("bytes are read by who reads them");
  }

  @Override
  public File stateDir() {
    throw new UnsupportedOperationException("stores are in memory");
  }

  @Override
  public StreamsMetrics metrics() {
    throw new UnsupportedOperationException("no role has Streams measure");
  }

  @Override
  public Map<String, Object> appConfigs() {
    return Map.of();
  }

  @Override
  public Map<String, Object> appConfigsWithPrefix(String prefix) {
    return Map.of();
  }
}
