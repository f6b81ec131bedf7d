package dev.counterweight.simulation;

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
import org.apache.kafka.clients.consumer.CloseOptions;
import org.apache.kafka.clients.consumer.ConsumerGroupMetadata;
import org.apache.kafka.clients.consumer.ConsumerRebalanceListener;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.MockConsumer;
import org.apache.kafka.clients.consumer.NoOffsetForPartitionException;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.PartitionInfo;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * A consumer of a simulated cluster, a member of a group or not. It never waits: what is not there
 * comes with a later poll. Not thread-safe.
 */
final class MemoryConsumer extends MockConsumer<byte[], byte[]> {
  private final World world;
  private final MemoryCluster cluster;
  private final Process process;
  private final @Nullable MemoryGroup group;
  private final int most;
  private final Map<TopicPartition, Long> positions = new LinkedHashMap<>();
  private final Set<TopicPartition> paused = new LinkedHashSet<>();
  private final Map<TopicPartition, Long> lags = new HashMap<>();
  private Set<String> topics = Set.of();
  private Set<TopicPartition> wanted = Set.of();
  private ConsumerRebalanceListener listener = new Unheard();
  private MemoryGroup.@Nullable Member member;

  private static final class Unheard implements ConsumerRebalanceListener {
    @Override
    public void onPartitionsRevoked(Collection<TopicPartition> partitions) {}

    @Override
    public void onPartitionsAssigned(Collection<TopicPartition> partitions) {}
  }

  /**
   * @param group null for a reader of its own
   * @param most records a poll
   */
  MemoryConsumer(Process process, @Nullable String group, int most) {
    super("none");
    this.process = process;
    this.world = process.place().world;
    this.cluster = world.cluster;
    this.group = group == null ? null : cluster.group(group);
    this.most = most;
  }

  @Override
  public void subscribe(Collection<String> to, ConsumerRebalanceListener told) {
    topics = new TreeSet<>(to);
    wanted = Set.of();
    listener = told;
  }

  @Override
  public void unsubscribe() {
    MemoryGroup.Member left = member;
    if (left != null) {
      listener.onPartitionsRevoked(left.owned);
      of().leave(left);
    }
    member = null;
    positions.clear();
  }

  @Override
  public void assign(Collection<TopicPartition> partitions) {
    positions.clear();
    partitions.forEach(partition -> positions.put(partition, -1L));
  }

  @Override
  public Set<TopicPartition> assignment() {
    return new LinkedHashSet<>(positions.keySet());
  }

  @Override
  public ConsumerRecords<byte[], byte[]> poll(Duration timeout) {
    world.asks(process, Call.POLL);
    if (!topics.isEmpty()) {
      takePart();
    }
    ConsumerRecords<byte[], byte[]> polled = fetched();
    world.answered(process, Call.POLL);
    return polled;
  }

  private void takePart() {
    if (member != null && !of().knows(member)) {
      Set<TopicPartition> lost = member.owned;
      member = null;
      positions.clear();
      world.tell("lost " + lost + " " + process.place().role + process.place().number);
      listener.onPartitionsLost(lost);
    }
    Set<TopicPartition> all = wanted();
    if (member != null && !member.wanted.equals(all)) {
      member.wanted.addAll(all); // what is known of the topics was renewed
      of().prepare();
    }
    if (member == null) {
      member = of().join(new LinkedHashSet<>(all), world.time.millis());
    }
    if (of().heard(member, world.time.millis())) {
      assigned(member);
    }
  }

  private void assigned(MemoryGroup.Member self) {
    Set<TopicPartition> added = new LinkedHashSet<>(self.assigned);
    added.removeAll(self.owned);
    Set<TopicPartition> revoked = new LinkedHashSet<>(self.owned);
    revoked.removeAll(self.assigned);
    world.tell(
        "%s-%d has %s, more %s, less %s"
            .formatted(process.place().role, process.place().number, self.owned, added, revoked));
    if (!revoked.isEmpty()) {
      listener.onPartitionsRevoked(revoked);
      self.owned.removeAll(revoked);
      positions.keySet().removeAll(revoked);
      of().prepare();
    }
    self.owned.addAll(added);
    added.forEach(partition -> positions.put(partition, -1L));
    listener.onPartitionsAssigned(added);
  }

  /** The partitions of its topics, which only ever become more. */
  private Set<TopicPartition> wanted() {
    int partitions = 0;
    for (String topic : topics) {
      partitions += cluster.partitions(topic);
    }
    if (partitions != wanted.size()) {
      Set<TopicPartition> all = new LinkedHashSet<>();
      for (String topic : topics) {
        for (int p = 0; p < cluster.partitions(topic); p++) {
          all.add(new TopicPartition(topic, p));
        }
      }
      wanted = all;
    }
    return wanted;
  }

  private ConsumerRecords<byte[], byte[]> fetched() {
    Map<TopicPartition, List<ConsumerRecord<byte[], byte[]>>> records = new LinkedHashMap<>();
    Map<TopicPartition, OffsetAndMetadata> next = new HashMap<>();
    List<TopicPartition> order = new ArrayList<>(positions.keySet());
    order.removeAll(paused);
    int room = most;
    if (order.isEmpty()) {
      return ConsumerRecords.empty();
    }
    int first = world.dice.nextInt(order.size());
    for (int i = 0; i < order.size() && room > 0; i++) {
      TopicPartition partition = order.get((first + i) % order.size());
      long position = positions.getOrDefault(partition, -1L);
      if (position < 0) {
        throw new NoOffsetForPartitionException(partition);
      }
      MemoryLog log = cluster.log(partition);
      MemoryLog.Fetched fetched = log.read(position, 1 + world.dice.nextInt(room));
      if (fetched.next() != position) {
        positions.put(partition, fetched.next());
        next.put(partition, new OffsetAndMetadata(fetched.next()));
      }
      lags.put(partition, log.end() - fetched.next());
      if (!fetched.records().isEmpty()) {
        records.put(partition, fetched.records());
        room -= fetched.records().size();
      }
    }
    return new ConsumerRecords<>(records, next);
  }

  @Override
  public void seek(TopicPartition partition, long offset) {
    if (!positions.containsKey(partition)) {
      throw new IllegalStateException("No current assignment for partition " + partition);
    }
    positions.put(partition, offset);
  }

  /** Reads none of these until they are sought and resumed. */
  void seekAnywhere(Collection<TopicPartition> partitions) {
    paused.addAll(partitions);
    partitions.forEach(lags::remove);
    partitions.forEach(partition -> positions.put(partition, -1L));
  }

  Map<TopicPartition, Long> positions() {
    return new LinkedHashMap<>(positions);
  }

  @Override
  public void seekToBeginning(Collection<TopicPartition> partitions) {
    partitions.forEach(partition -> seek(partition, 0));
  }

  @Override
  public void pause(Collection<TopicPartition> partitions) {
    paused.addAll(partitions);
  }

  @Override
  public void resume(Collection<TopicPartition> partitions) {
    paused.removeAll(partitions);
  }

  @Override
  public long position(TopicPartition partition) {
    Long position = positions.get(partition);
    if (position == null || position < 0) {
      throw new IllegalStateException("no position of " + partition);
    }
    return position;
  }

  @Override
  public long position(TopicPartition partition, Duration timeout) {
    return position(partition);
  }

  @Override
  public OptionalLong currentLag(TopicPartition partition) {
    Long lag = lags.get(partition);
    return lag == null ? OptionalLong.empty() : OptionalLong.of(lag);
  }

  @Override
  public Map<TopicPartition, OffsetAndMetadata> committed(Set<TopicPartition> partitions) {
    world.asks(process, Call.LOOK);
    if (of().unstable(partitions)) {
      world.waits(100);
      if (of().unstable(partitions)) {
        throw new TimeoutException("offsets of an open transaction are not settled");
      }
    }
    Map<TopicPartition, OffsetAndMetadata> found = new HashMap<>();
    partitions.forEach(partition -> found.put(partition, of().committed(partition)));
    world.answered(process, Call.LOOK);
    return found;
  }

  @Override
  public Map<TopicPartition, OffsetAndMetadata> committed(
      Set<TopicPartition> partitions, Duration timeout) {
    return committed(partitions);
  }

  @Override
  public Map<TopicPartition, Long> beginningOffsets(Collection<TopicPartition> partitions) {
    Map<TopicPartition, Long> found = new HashMap<>();
    partitions.forEach(partition -> found.put(partition, 0L));
    return found;
  }

  @Override
  public Map<TopicPartition, Long> beginningOffsets(
      Collection<TopicPartition> partitions, Duration timeout) {
    return beginningOffsets(partitions);
  }

  @Override
  public Map<TopicPartition, Long> endOffsets(Collection<TopicPartition> partitions) {
    world.asks(process, Call.LOOK);
    Map<TopicPartition, Long> found = new HashMap<>();
    partitions.forEach(partition -> found.put(partition, cluster.log(partition).end()));
    world.answered(process, Call.LOOK);
    return found;
  }

  @Override
  public Map<TopicPartition, Long> endOffsets(
      Collection<TopicPartition> partitions, Duration timeout) {
    return endOffsets(partitions);
  }

  @Override
  public List<PartitionInfo> partitionsFor(String topic) {
    List<PartitionInfo> found = new ArrayList<>();
    for (int p = 0; p < cluster.partitions(topic); p++) {
      found.add(new PartitionInfo(topic, p, null, null, null));
    }
    return found;
  }

  @Override
  public Map<String, List<PartitionInfo>> listTopics() {
    Map<String, List<PartitionInfo>> found = new LinkedHashMap<>();
    cluster.topics().forEach(topic -> found.put(topic, partitionsFor(topic)));
    return found;
  }

  @Override
  public ConsumerGroupMetadata groupMetadata() {
    return of().metadata(member);
  }

  @Override
  public void wakeup() {}

  @Override
  public void close() {
    leave();
  }

  @Override
  public void close(CloseOptions options) {
    leave();
  }

  /** A process that was killed says nothing to its group. */
  private void leave() {
    MemoryGroup.Member left = member;
    if (left != null && !process.killed()) {
      listener.onPartitionsRevoked(left.owned);
      of().leave(left);
    }
    member = null;
  }

  private MemoryGroup of() {
    if (group == null) {
      throw new IllegalStateException("a consumer without a group");
    }
    return group;
  }
}
