package dev.counterweight.trainer;

import dev.counterweight.kafka.KafkaClients;
import dev.counterweight.protocol.JobTopics;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerGroupMetadata;
import org.apache.kafka.clients.consumer.ConsumerRebalanceListener;
import org.apache.kafka.clients.consumer.CooperativeStickyAssignor;
import org.apache.kafka.common.TopicPartition;

/**
 * The lead among a job's trainers: whoever is assigned the only partition of the checkpoints topic
 * has it. Nothing is read through this subscription. Used by one thread, which must call {@link
 * #poll} often.
 */
final class Leadership implements AutoCloseable {
  private final Consumer<byte[], byte[]> consumer;
  private final JobTopics topics;
  private boolean held;

  Leadership(KafkaClients clients, JobTopics topics) {
    this.topics = topics;
    this.consumer =
        clients.consumer(
            topics.groupOf("trainer") + ".lead",
            Map.of(
                ConsumerConfig.GROUP_ID_CONFIG,
                topics.groupOf("trainer"),
                ConsumerConfig.SESSION_TIMEOUT_MS_CONFIG,
                10_000,
                ConsumerConfig.HEARTBEAT_INTERVAL_MS_CONFIG,
                // Soon told of a lead that is free.
                1_000,
                // Sticky: a standby that joins must not take the lead from one that works.
                ConsumerConfig.PARTITION_ASSIGNMENT_STRATEGY_CONFIG,
                CooperativeStickyAssignor.class.getName()));
    subscribe();
  }

  /** Takes part in the group for at most {@code timeout}; returns whether the lead is held. */
  boolean poll(Duration timeout) {
    consumer.poll(timeout);
    return held;
  }

  /** Gives up a lead that the group no longer grants, and queues for it anew. */
  void rejoin() {
    consumer.unsubscribe();
    held = false;
    subscribe();
  }

  /** Who this member is, for fencing. */
  ConsumerGroupMetadata membership() {
    return consumer.groupMetadata();
  }

  @Override
  public void close() {
    consumer.close();
  }

  private void subscribe() {
    consumer.subscribe(List.of(topics.checkpoints()), new Listener());
  }

  private final class Listener implements ConsumerRebalanceListener {
    @Override
    public void onPartitionsAssigned(Collection<TopicPartition> partitions) {
      for (TopicPartition partition : partitions) {
        // Nothing is fetched, but a partition without a position is an error.
        consumer.seek(partition, 0);
        held = true;
      }
      consumer.pause(partitions);
    }

    @Override
    public void onPartitionsRevoked(Collection<TopicPartition> partitions) {
      held &= partitions.isEmpty();
    }

    @Override
    public void onPartitionsLost(Collection<TopicPartition> partitions) {
      held &= partitions.isEmpty();
    }
  }
}
