package dev.counterweight.live;

import java.time.Duration;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.errors.GroupAuthorizationException;
import org.apache.kafka.common.errors.GroupIdNotFoundException;
import org.apache.kafka.common.errors.InterruptException;

/** How far a group has come, by what it has committed. Owns the client it is given. */
final class GroupOffsets implements AutoCloseable {
  private final Admin admin;
  private final String group;
  private final Duration retry;

  GroupOffsets(Admin admin, String group, Duration retry) {
    this.admin = admin;
    this.group = group;
    this.retry = retry;
  }

  /**
   * {partition: offset committed} of a topic; empty if there is none, or this process may not know.
   *
   * @throws KafkaException if the cluster does not answer
   */
  SortedMap<Integer, Long> of(String topic) {
    SortedMap<Integer, Long> offsets = new TreeMap<>();
    try {
      admin
          .listConsumerGroupOffsets(group)
          .partitionsToOffsetAndMetadata()
          .get(retry.toMillis(), TimeUnit.MILLISECONDS)
          .forEach(
              (partition, committed) -> {
                if (committed != null && partition.topic().equals(topic)) {
                  offsets.put(partition.partition(), committed.offset());
                }
              });
    } catch (ExecutionException e) {
      boolean hidden =
          e.getCause() instanceof GroupAuthorizationException
              || e.getCause() instanceof GroupIdNotFoundException;
      if (!hidden) {
        throw new KafkaException("cannot ask for the offsets of group " + group, e.getCause());
      }
    } catch (TimeoutException e) {
      throw new KafkaException("no answer about the offsets of group " + group, e);
    } catch (InterruptedException e) {
      throw new InterruptException(e);
    }
    return offsets;
  }

  /** Also fails a call that waits; from any thread. */
  @Override
  public void close() {
    admin.close(Duration.ZERO);
  }
}
