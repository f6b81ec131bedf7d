package dev.counterweight.simulation;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.TreeMap;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;

/**
 * Topics, groups and the coordinator of transactions. An outcome stands before its markers do: they
 * come one by one, late. Not thread-safe.
 */
final class MemoryCluster {
  /** As long as the product's producers ask for. */
  static final long TRANSACTION_TIMEOUT_MS = 10_000;

  static final long SESSION_TIMEOUT_MS = 10_000;

  private final VirtualTime time;
  private final Random dice;
  private final Map<String, List<MemoryLog>> topics = new TreeMap<>();
  private final Map<String, MemoryGroup> groups = new TreeMap<>();
  private final Map<String, Integer> epochs = new HashMap<>();
  private final Map<String, Transaction> current = new LinkedHashMap<>();
  private final Map<String, Changelog> changelogs = new TreeMap<>();
  private final List<Transaction> unmarked = new ArrayList<>();

  MemoryCluster(VirtualTime time, Random dice) {
    this.time = time;
    this.dice = dice;
  }

  void create(String topic, int partitions) {
    topics.putIfAbsent(topic, new ArrayList<>());
    grow(topic, partitions);
  }

  void grow(String topic, int partitions) {
    List<MemoryLog> logs = Objects.requireNonNull(topics.get(topic));
    while (logs.size() < partitions) {
      logs.add(new MemoryLog(new TopicPartition(topic, logs.size())));
    }
  }

  int partitions(String topic) {
    return Objects.requireNonNull(topics.get(topic), topic).size();
  }

  MemoryLog log(TopicPartition partition) {
    return Objects.requireNonNull(topics.get(partition.topic()), partition.topic())
        .get(partition.partition());
  }

  MemoryGroup group(String id) {
    return groups.computeIfAbsent(id, MemoryGroup::new);
  }

  Changelog changelog(String name) {
    return changelogs.computeIfAbsent(name, n -> new Changelog());
  }

  /** Their names. */
  List<String> topics() {
    return List.copyOf(topics.keySet());
  }

  /** Writes a record outside any transaction. */
  long append(ProducerRecord<byte[], byte[]> record) {
    return log(partition(record)).append(record, null, time.millis());
  }

  /** Ends what an earlier owner of the id left open and shuts it out; the new owner's epoch. */
  int begin(String id) {
    Transaction left = current.get(id);
    if (left != null) {
      if (left.open()) {
        end(left, false);
      }
      finish(left);
    }
    return epochs.merge(id, 1, Integer::sum);
  }

  boolean fenced(String id, int epoch) {
    return epochs.getOrDefault(id, 0) != epoch;
  }

  /** The open transaction of an owner, a new one if it has none. */
  Transaction open(String id, int epoch) {
    Transaction last = current.get(id);
    if (last != null && last.open()) {
      return last;
    }
    if (last != null) {
      finish(last); // a producer waits for its last to be complete
    }
    Transaction opened = new Transaction(id, epoch, time.millis());
    current.put(id, opened);
    return opened;
  }

  long append(ProducerRecord<byte[], byte[]> record, Transaction transaction) {
    return log(partition(record)).append(record, transaction, time.millis());
  }

  /** Decides a transaction; now or later its markers are written. */
  void end(Transaction transaction, boolean commit) {
    transaction.decide(commit);
    unmarked.add(transaction);
    if (dice.nextInt(4) != 0 || transaction.complete()) {
      finish(transaction);
    }
  }

  private void finish(Transaction transaction) {
    if (!transaction.open()) {
      transaction.markAll();
      unmarked.remove(transaction);
    }
  }

  /** Whether no transaction is open, nor a marker missing. */
  boolean settled() {
    return unmarked.isEmpty() && current.values().stream().noneMatch(Transaction::open);
  }

  /** What a cluster does by itself. */
  void tick() {
    if (!unmarked.isEmpty()) {
      Transaction one = unmarked.get(dice.nextInt(unmarked.size()));
      one.mark(dice.nextInt(one.missing()));
      if (one.complete()) {
        unmarked.remove(one);
      }
    }
    for (Transaction transaction : current.values()) {
      if (transaction.open() && time.millis() - transaction.beganMs >= TRANSACTION_TIMEOUT_MS) {
        epochs.merge(transaction.id, 1, Integer::sum);
        end(transaction, false);
      }
    }
    for (MemoryGroup group : groups.values()) {
      group.expire(time.millis(), SESSION_TIMEOUT_MS);
    }
  }

  private static TopicPartition partition(ProducerRecord<byte[], byte[]> record) {
    Integer number = record.partition();
    return new TopicPartition(record.topic(), number == null ? 0 : number);
  }

  /** Has the groups of a role rebalance. */
  void rebalance(String role) {
    groups.forEach(
        (id, group) -> {
          if (id.endsWith("." + role)) {
            group.prepare();
          }
        });
  }

  /** The topic's logs. */
  List<MemoryLog> logs(String topic) {
    return List.copyOf(Objects.requireNonNull(topics.get(topic), topic));
  }
}
