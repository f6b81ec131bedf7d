package dev.counterweight.streams;

import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;

/**
 * What is committed of the partitions that a stream thread has, for its transactions that move no
 * offset. Kafka Streams (4.3.1) sends offsets of the tasks alone that have processed a record since
 * they were opened. Where there is none, all that a transaction has is what the clock had tasks
 * write, and no broker asks whether they are still this thread's: one that was away for longer than
 * its group waits commits what the next owner has written already. Committing once more what is
 * committed has the group's coordinator ask.
 *
 * <p>Not thread-safe: of one stream thread.
 */
public final class CommittedOffsets {
  private final Map<TopicPartition, OffsetAndMetadata> committed = new HashMap<>();

  /** Of partitions of which nothing is committed. */
  private final Map<TopicPartition, OffsetAndMetadata> beginnings = new HashMap<>();

  private final Map<TopicPartition, OffsetAndMetadata> pending = new HashMap<>();
  private boolean asked; // by offsets in the open transaction

  /**
   * A task is opened.
   *
   * @param found {partition: what is committed of it, or null}
   */
  public void opened(Map<TopicPartition, OffsetAndMetadata> found) {
    pending.keySet().removeAll(found.keySet());
    found.forEach(
        (partition, offset) -> {
          if (offset == null) {
            committed.remove(partition);
          } else {
            committed.put(partition, offset);
            beginnings.remove(partition);
          }
        });
  }

  /**
   * Nothing is committed of these, and they are read from their beginning: where that is may be
   * committed, as a job's first offsets are, without what Kafka Streams adds to those of a task.
   *
   * @param found {partition: offset}
   */
  public void begun(Map<TopicPartition, Long> found) {
    found.forEach((partition, offset) -> beginnings.put(partition, new OffsetAndMetadata(offset)));
  }

  /** Others have these now, or may have. */
  public void revoked(Collection<TopicPartition> partitions) {
    forget(partitions);
    pending.keySet().removeAll(partitions); // a commit that timed out may end yet
  }

  private void forget(Collection<TopicPartition> partitions) {
    committed.keySet().removeAll(partitions);
    beginnings.keySet().removeAll(partitions);
  }

  /**
   * What to send with a transaction in place of the offsets that it moves. Until {@link #committed}
   * nobody knows what becomes of them. Nothing is sent once more where the transaction has offsets:
   * after a commit that timed out a producer takes nothing but that commit again.
   */
  public Map<TopicPartition, OffsetAndMetadata> sent(Map<TopicPartition, OffsetAndMetadata> moved) {
    if (moved.isEmpty() && asked) {
      return Map.of();
    }
    Map<TopicPartition, OffsetAndMetadata> sent = new HashMap<>(moved);
    if (moved.isEmpty()) {
      sent.putAll(beginnings);
      sent.putAll(committed);
    }
    asked |= !sent.isEmpty();
    forget(sent.keySet());
    pending.putAll(sent);
    return Map.copyOf(sent);
  }

  /** The transaction is. */
  public void committed() {
    committed.putAll(pending);
    aborted();
  }

  /** The transaction is, or is none of the producer's any more: the next one begins anew. */
  public void aborted() {
    pending.clear();
    asked = false;
  }
}
