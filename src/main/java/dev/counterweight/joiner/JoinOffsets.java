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
import java.util.EnumMap;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Stream;
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
  private final Map<Side, KafkaInputOffsets> routed = new EnumMap<>(Side.class);

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
    this.events = of(labels.events().topic(), clients);
    this.labelTopic = of(labels.labels().topic(), clients);
    for (Side side : Side.values()) {
      routed.put(side, of(Routing.topic(group, side), clients));
    }
  }

  private KafkaInputOffsets of(String topic, KafkaClients clients) {
    return new KafkaInputOffsets(clients, calls, topic, group, partition -> false);
  }

  /** Those of the topic that a side is written into. */
  KafkaInputOffsets ofRouted(Side side) {
    return Objects.requireNonNull(routed.get(side));
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
   * Whether a topology has committed: Kafka Streams has metadata with it, {@link #applyStart} none.
   */
  boolean joined() {
    return committed().values().stream().anyMatch(offset -> !offset.metadata().isEmpty());
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

  /**
   * Where the topics end now that sides are written into, with what is not committed yet: such
   * records may hold back others that are.
   */
  JoinEnd routedEnd(Routing routing) {
    SortedMap<Integer, Long> none = new TreeMap<>();
    return new JoinEnd(
        routing.events() ? routedEnd(Side.EVENTS, routing.partitions()) : none,
        routing.labels() ? routedEnd(Side.LABELS, routing.partitions()) : none,
        clock.millis());
  }

  private SortedMap<Integer, Long> routedEnd(Side side, int partitions) {
    return ofRouted(side).ends(partitions, IsolationLevel.READ_UNCOMMITTED);
  }

  /** Whether everything up to an end is taken in and committed. */
  boolean reached(JoinEnd end) {
    return Stream.of(Side.values()).allMatch(side -> of(side).reached(end.of(side)));
  }

  /** The same of an end of the topics that sides are written into. */
  boolean reachedRouted(JoinEnd end) {
    return Stream.of(Side.values()).allMatch(side -> ofRouted(side).reached(end.of(side)));
  }
}
