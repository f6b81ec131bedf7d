package dev.counterweight.joiner;

import dev.counterweight.config.EventsConfig;
import dev.counterweight.config.LabelsConfig;
import dev.counterweight.kafka.AdminCalls;
import dev.counterweight.kafka.KafkaClients;
import dev.counterweight.kafka.LogEnds;
import dev.counterweight.protocol.FailureException;
import dev.counterweight.protocol.JobTopics;
import dev.counterweight.streams.KafkaInputOffsets;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.IsolationLevel;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.UnknownMemberIdException;

/** The offsets of both topics, asked of the cluster. Thread-safe. */
final class JoinOffsets {
  private final String group;
  private final LabelsConfig labels;
  private final AdminCalls calls;
  private final InstantSource clock;
  private final KafkaInputOffsets events;
  private final KafkaInputOffsets labelTopic;

  JoinOffsets(
      JobTopics names,
      LabelsConfig labels,
      KafkaClients clients,
      AdminCalls calls,
      InstantSource clock) {
    this.group = names.groupOf("joiner");
    this.labels = labels;
    this.calls = calls;
    this.clock = clock;
    this.events = of(labels.events(), clients);
    this.labelTopic = of(labels.labels(), clients);
  }

  private KafkaInputOffsets of(EventsConfig side, KafkaClients clients) {
    return new KafkaInputOffsets(clients, calls, side.topic(), group, partition -> false);
  }

  KafkaInputOffsets of(Side side) {
    return side == Side.EVENTS ? events : labelTopic;
  }

  private String topic(Side side) {
    return side == Side.EVENTS ? labels.events().topic() : labels.labels().topic();
  }

  /** What the group committed, of both topics. */
  Map<TopicPartition, OffsetAndMetadata> committed() {
    return calls.committed(group);
  }

  /**
   * Makes a new job begin where {@code events.start} says, and read labels from a wait before that;
   * called before the group's first member joins. Does nothing where offsets are committed, also
   * where another joiner, started at the same time, comes first: a group with members keeps its
   * offsets, and those are the other's.
   */
  void applyStart(int eventsPartitions, int labelsPartitions) {
    if (labels.events().start() != EventsConfig.Start.LATEST || !committed().isEmpty()) {
      return;
    }
    long fromMs = Math.max(0, clock.millis() - labels.waitMs());
    Map<TopicPartition, OffsetAndMetadata> first = new HashMap<>();
    put(first, Side.EVENTS, events.ends(eventsPartitions, IsolationLevel.READ_COMMITTED));
    SortedMap<Integer, Long> labelStarts =
        labelTopic.ends(labelsPartitions, IsolationLevel.READ_COMMITTED);
    calls
        .offsets(
            LogEnds.partitions(topic(Side.LABELS), labelsPartitions),
            OffsetSpec.forTimestamp(fromMs),
            IsolationLevel.READ_COMMITTED)
        .forEach((p, offset) -> labelStarts.computeIfPresent(p, (q, end) -> from(offset, end)));
    put(first, Side.LABELS, labelStarts);
    try {
      calls.ask(
          "set the first offsets of group '" + group + "'",
          admin -> admin.alterConsumerGroupOffsets(group, first).all());
    } catch (FailureException e) {
      if (!(e.getCause() instanceof UnknownMemberIdException) || committed().isEmpty()) {
        throw e;
      }
    }
  }

  /** Where nothing is as young there is no offset: it is begun at the end then. */
  private static long from(long offset, long end) {
    return offset < 0 ? end : Math.min(offset, end);
  }

  private void put(
      Map<TopicPartition, OffsetAndMetadata> all, Side side, SortedMap<Integer, Long> offsets) {
    offsets.forEach(
        (p, offset) -> all.put(new TopicPartition(topic(side), p), new OffsetAndMetadata(offset)));
  }

  /** Where both topics end now for whoever reads committed records. */
  JoinEnd end(int eventsPartitions, int labelsPartitions) {
    long askedMs = clock.millis();
    return new JoinEnd(
        events.ends(eventsPartitions, IsolationLevel.READ_COMMITTED),
        labelTopic.ends(labelsPartitions, IsolationLevel.READ_COMMITTED),
        askedMs);
  }

  /** Whether everything up to an end is joined and committed. */
  boolean reached(JoinEnd end) {
    Map<TopicPartition, OffsetAndMetadata> committed = committed();
    return List.of(Side.values()).stream()
        .allMatch(
            side ->
                end.of(side).entrySet().stream()
                    .allMatch(mark -> passed(committed, side, mark.getKey(), mark.getValue())));
  }

  /** The last offsets before an end may be ones that no record has. */
  private boolean passed(
      Map<TopicPartition, OffsetAndMetadata> committed, Side side, int partition, long end) {
    OffsetAndMetadata done = committed.get(new TopicPartition(topic(side), partition));
    long next = done == null ? of(side).logStart(partition) : done.offset();
    return next >= end || !of(side).holdsAny(partition, next, end);
  }
}
