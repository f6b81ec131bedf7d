package dev.counterweight.simulation;

import dev.counterweight.event.WriterSchemas;
import dev.counterweight.kafka.PollBudget;
import dev.counterweight.streams.CommittedOffsets;
import dev.counterweight.streams.Intake;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeSet;
import org.apache.kafka.clients.consumer.ConsumerRebalanceListener;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.serialization.Deserializer;
import org.apache.kafka.streams.processor.StateStore;
import org.apache.kafka.streams.processor.TaskId;
import org.apache.kafka.streams.processor.api.Processor;
import org.jspecify.annotations.Nullable;

/**
 * A stream thread: the tasks that its group gives it, under exactly-once. Outputs, changelogs and
 * offsets of all its tasks are one transaction. After an error every task is closed as it is and
 * opened anew from what is committed. Not thread-safe.
 */
public final class StreamsProcess extends Process {
  private static final int MOST_WAITING = 4;

  private final World world;
  private final String group;
  private final List<SubTopology<?, ?, ?, ?>> parts;
  private final Intake intake;
  private final PollBudget budget = new PollBudget(PollBudget.MAX_BYTES);
  private final MemoryConsumer consumer;
  private final CommittedOffsets committed = new CommittedOffsets();
  private final String transactionalId;
  private final long commitMs;
  private final List<StreamsTask<?, ?, ?, ?>> tasks = new ArrayList<>();
  private final Set<TopicPartition> unopened = new LinkedHashSet<>();
  private final Map<TaskId, Processor<?, ?, ?, ?>> revived = new HashMap<>();
  private final List<ProducerRecord<byte[], byte[]>> late = new ArrayList<>(); // by sabotage alone
  private MemoryProducer producer;
  private boolean ready;
  private long committedMs;
  private @Nullable RuntimeException failure;

  /**
   * @param group and application
   * @param commitMs how often it commits of itself
   */
  public StreamsProcess(
      Place place,
      String group,
      List<SubTopology<?, ?, ?, ?>> parts,
      Intake.Maker intakes,
      long commitMs) {
    super(place);
    this.world = place.world;
    this.group = group;
    this.parts = parts;
    this.intake = intakes.make(WriterSchemas.NONE, budget);
    this.commitMs = commitMs;
    this.consumer = new MemoryConsumer(this, group, 40);
    this.transactionalId = group + "-" + place.number + "-" + place.begun();
    this.producer = new MemoryProducer(this, transactionalId);
    subscribe();
  }

  private void subscribe() {
    Set<String> topics = new TreeSet<>();
    parts.forEach(part -> topics.addAll(part.inputs()));
    consumer.subscribe(topics, new Listener());
  }

  @Override
  protected void step() {
    try {
      if (!ready) {
        producer.initTransactions();
        ready = true;
      }
      work();
    } catch (TimeoutException e) {
      world.tell(group + ": tasks are opened anew: " + e.getMessage());
      openAnew();
    } catch (KafkaException e) {
      world.tell(group + ": tasks are gone: " + e.getCause());
      closeAll();
      renewProducer(); // what is open is never committed
      consumer.unsubscribe();
      subscribe();
    }
  }

  private void work() {
    if (tasks.stream().mapToInt(StreamsTask::waiting).sum() < MOST_WAITING) {
      ConsumerRecords<byte[], byte[]> polled = poll();
      if (failure != null) {
        RuntimeException thrown = failure;
        failure = null;
        throw thrown;
      }
      for (StreamsTask<?, ?, ?, ?> task : tasks) {
        for (TopicPartition source : polled.partitions()) {
          if (task.reads(source)) {
            task.add(polled.records(source));
          }
        }
      }
    }
    openSome();
    for (StreamsTask<?, ?, ?, ?> task : List.copyOf(tasks)) {
      for (int n = world.dice.nextInt(3); n > 0 && task.process(); n--) {
        // as many as there is time for
      }
      task.punctuate();
    }
    boolean due = world.time.millis() - committedMs >= commitMs;
    if (tasks.stream().anyMatch(StreamsTask::commitWanted) || due) {
      commit();
    }
  }

  private ConsumerRecords<byte[], byte[]> poll() {
    budget.begin();
    ConsumerRecords<byte[], byte[]> raw = consumer.poll(Duration.ZERO);
    Map<TopicPartition, List<ConsumerRecord<byte[], byte[]>>> read = new LinkedHashMap<>();
    for (TopicPartition source : raw.partitions()) {
      read.put(source, raw.records(source).stream().map(this::read).toList());
    }
    return intake.polled(new ConsumerRecords<>(read, raw.nextOffsets()), new Reading());
  }

  private ConsumerRecord<byte[], byte[]> read(ConsumerRecord<byte[], byte[]> raw) {
    return new ConsumerRecord<>(
        raw.topic(),
        raw.partition(),
        raw.offset(),
        raw.timestamp(),
        raw.timestampType(),
        raw.serializedKeySize(),
        raw.serializedValueSize(),
        read(intake.keys(), raw, raw.key()),
        read(intake.values(), raw, raw.value()),
        raw.headers(),
        raw.leaderEpoch());
  }

  private static byte @Nullable [] read(
      Deserializer<byte @Nullable []> by,
      ConsumerRecord<byte[], byte[]> raw,
      byte @Nullable [] bytes) {
    return bytes == null
        ? null
        : by.deserialize(raw.topic(), raw.headers(), ByteBuffer.wrap(bytes));
  }

  /** Opens the tasks whose state and offsets can be had by now. */
  private void openSome() {
    for (TopicPartition first : List.copyOf(unopened)) {
      SubTopology<?, ?, ?, ?> part = partOf(first);
      if (unopened.contains(first) && !blocked(part, first.partition())) {
        open(part, first.partition());
      }
    }
  }

  private boolean blocked(SubTopology<?, ?, ?, ?> part, int partition) {
    return part.stores().keySet().stream()
        .anyMatch(store -> world.cluster.changelog(changelog(store, partition)).blocked());
  }

  private <A, B, C, D> void open(SubTopology<A, B, C, D> part, int partition) {
    Set<TopicPartition> sources = new LinkedHashSet<>();
    part.inputs().forEach(topic -> sources.add(new TopicPartition(topic, partition)));
    Map<TopicPartition, OffsetAndMetadata> found = consumer.committed(sources);
    committed.opened(found);
    boolean stale = !part.name().equals("merge") && world.stale(this);
    Map<String, MemoryStore<?, ?>> stores = new LinkedHashMap<>();
    Map<String, StateStore> opened = new LinkedHashMap<>();
    part.stores()
        .forEach((name, rows) -> opened.put(name, store(name, rows, partition, stale, stores)));
    TaskId id = new TaskId(parts.indexOf(part), partition);
    tasks.add(
        new StreamsTask<>(
            part, id, processor(part, id), world.time, stores, opened, this::forwarded));
    for (TopicPartition source : sources) {
      OffsetAndMetadata offset = found.get(source);
      if (offset == null) {
        committed.begun(Map.of(source, 0L));
      }
      consumer.seek(source, offset == null ? 0 : offset.offset());
      unopened.remove(source);
    }
    consumer.resume(sources);
  }

  /** A revived task goes on with what it had, which Streams initialises once more. */
  @SuppressWarnings("unchecked") // it was made by the same part
  private <A, B, C, D> Processor<A, B, C, D> processor(SubTopology<A, B, C, D> part, TaskId id) {
    Processor<?, ?, ?, ?> before = revived.remove(id);
    return before == null
        ? part.processors().apply(id.partition())
        : (Processor<A, B, C, D>) before;
  }

  private <K, V> StateStore store(
      String name,
      SubTopology.Rows<K, V> rows,
      int partition,
      boolean stale,
      Map<String, MemoryStore<?, ?>> stores) {
    MemoryStore<K, V> store =
        new MemoryStore<>(
            name,
            rows.keys(),
            rows.values(),
            world.cluster.changelog(changelog(name, partition)).rows(stale));
    stores.put(name, store);
    return rows.opened().apply(store);
  }

  private String changelog(String store, int partition) {
    return group + "-" + store + "-" + partition;
  }

  private SubTopology<?, ?, ?, ?> partOf(TopicPartition source) {
    return parts.stream()
        .filter(part -> part.inputs().contains(source.topic()))
        .findFirst()
        .orElseThrow();
  }

  private void forwarded(ProducerRecord<byte[], byte[]> output) {
    if (behindCommit()) {
      late.add(output);
      return;
    }
    beginIfNot();
    producer.send(output);
  }

  private boolean behindCommit() {
    return world.sabotage == Sabotage.SCORES_BEHIND_COMMIT && place().role.equals("scorer");
  }

  private void sendLate() {
    if (!late.isEmpty()) {
      producer.beginTransaction();
      late.forEach(producer::send);
      producer.commitTransaction();
      late.clear();
    }
  }

  private void beginIfNot() {
    if (!producer.begun()) {
      producer.beginTransaction();
    }
  }

  private void commit() {
    committedMs = world.time.millis();
    if (tasks.stream().noneMatch(StreamsTask::commitNeeded) && !producer.begun()) {
      return;
    }
    beginIfNot();
    Map<TopicPartition, OffsetAndMetadata> offsets = new LinkedHashMap<>();
    for (StreamsTask<?, ?, ?, ?> task : tasks) {
      Map<TopicPartition, OffsetAndMetadata> ofTask = task.offsets(consumer.positions());
      boolean moved = moves(ofTask);
      task.changes(
          (store, changes) ->
              producer.changes(
                  world.cluster.changelog(changelog(store, task.partition())), moved, changes));
      offsets.putAll(ofTask);
    }
    producer.sendOffsetsToTransaction(committed.sent(offsets), consumer.groupMetadata());
    producer.commitTransaction();
    committed.committed();
    tasks.forEach(StreamsTask::committed);
    sendLate();
  }

  private boolean moves(Map<TopicPartition, OffsetAndMetadata> offsets) {
    MemoryGroup before = world.cluster.group(group);
    return offsets.entrySet().stream()
        .anyMatch(moved -> !moved.getValue().equals(before.committed(moved.getKey())));
  }

  /** As Streams revives tasks that it takes to be corrupted. */
  private void openAnew() {
    Set<TopicPartition> all = consumer.assignment();
    Map<TaskId, Processor<?, ?, ?, ?>> before = new HashMap<>();
    tasks.forEach(task -> before.put(task.taskId(), task.processor()));
    closeAll();
    revived.putAll(before);
    renewProducer();
    unopened.addAll(all);
    consumer.seekAnywhere(all);
  }

  private void renewProducer() {
    producer = new MemoryProducer(this, transactionalId);
    committed.aborted();
    ready = false;
  }

  private void closeAll() {
    tasks.forEach(StreamsTask::close);
    tasks.clear();
    revived.clear();
    unopened.clear();
  }

  @Override
  protected void leave() {
    try {
      if (ready) {
        commit();
      }
    } catch (KafkaException e) {
      world.tell("what was not committed is not: " + e);
      renewProducer(); // nor by the rebalance that the consumer's end brings
    }
    closeAll();
    consumer.close();
  }

  @Override
  public void close() {
    closeAll();
  }

  private final class Reading implements Intake.Reading {
    @Override
    public Set<TopicPartition> partitions() {
      return consumer.assignment();
    }

    @Override
    public OptionalLong position(TopicPartition partition) {
      return lag(partition).isEmpty()
          ? OptionalLong.empty()
          : OptionalLong.of(consumer.position(partition));
    }

    @Override
    public OptionalLong lag(TopicPartition partition) {
      return consumer.currentLag(partition);
    }
  }

  private final class Listener implements ConsumerRebalanceListener {
    @Override
    public void onPartitionsAssigned(Collection<TopicPartition> partitions) {
      unopened.addAll(partitions);
      consumer.seekAnywhere(partitions);
    }

    @Override
    public void onPartitionsRevoked(Collection<TopicPartition> partitions) {
      try {
        if (ready) {
          commit();
        }
      } catch (KafkaException e) {
        failure = e;
      }
      lose(partitions);
    }

    @Override
    public void onPartitionsLost(Collection<TopicPartition> partitions) {
      lose(partitions);
      failure = new KafkaException("lost");
    }

    private void lose(Collection<TopicPartition> partitions) {
      committed.revoked(partitions);
      unopened.removeAll(partitions);
      revived.clear(); // after a rebalance Streams makes them anew
      for (StreamsTask<?, ?, ?, ?> task : List.copyOf(tasks)) {
        if (partitions.stream().anyMatch(task::reads)) {
          task.close();
          tasks.remove(task);
        }
      }
    }
  }
}
