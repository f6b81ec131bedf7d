package dev.counterweight.joiner;

import dev.counterweight.config.EventsConfig;
import dev.counterweight.config.LabelsConfig;
import dev.counterweight.joining.Side;
import dev.counterweight.kafka.AdminCalls;
import dev.counterweight.kafka.KafkaClients;
import dev.counterweight.kafka.LogEnds;
import dev.counterweight.kafka.TopicSetup;
import dev.counterweight.protocol.JobTopics;
import dev.counterweight.streams.KafkaInputOffsets;
import java.time.InstantSource;
import java.util.Collections;
import java.util.HashMap;
import java.util.Map;
import java.util.SortedMap;
import java.util.stream.Stream;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.IsolationLevel;
import org.apache.kafka.common.TopicPartition;

/** The offsets of both topics, asked of the cluster. Thread-safe. */
final class JoinOffsets {
  private final String group;
  private final LabelsConfig labels;
  private final AdminCalls calls;
  private final InstantSource clock;
  private final Sides<KafkaInputOffsets> read;
  private final Sides<KafkaInputOffsets> routed;

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
    this.read = Sides.of(side -> of(topic(side), clients));
    this.routed = Sides.of(side -> of(Routing.topic(group, side), clients));
  }

  private KafkaInputOffsets of(String topic, KafkaClients clients) {
    return new KafkaInputOffsets(clients, calls, topic, group, partition -> false);
  }

  Sides<KafkaInputOffsets> read() {
    return read;
  }

  /** Those of the topics that sides are written into. */
  Sides<KafkaInputOffsets> routed() {
    return routed;
  }

  private String topic(Side side) {
    return JoinSettings.of(labels, side).topic();
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
   * called before the group's first member joins. Does nothing where offsets are committed.
   */
  void applyStart(Sides<TopicSetup.Identity> topics) {
    if (labels.events().start() != EventsConfig.Start.LATEST || !committed().isEmpty()) {
      return;
    }
    long fromMs = Math.max(0, clock.millis() - labels.waitMs());
    Sides<SortedMap<Integer, Long>> starts = ends(topics);
    calls
        .offsets(
            LogEnds.partitions(topic(Side.LABELS), topics.labels().partitions()),
            OffsetSpec.forTimestamp(fromMs),
            IsolationLevel.READ_COMMITTED)
        .forEach((p, offset) -> starts.labels().computeIfPresent(p, (q, end) -> from(offset, end)));
    Map<TopicPartition, OffsetAndMetadata> first = new HashMap<>();
    for (Side side : Side.values()) {
      starts
          .of(side)
          .forEach(
              (p, offset) ->
                  first.put(new TopicPartition(topic(side), p), new OffsetAndMetadata(offset)));
    }
    calls.beginAt("set the first offsets of group '" + group + "'", group, first);
  }

  /** Where nothing is as young there is no offset: it is begun at the end then. */
  private static long from(long offset, long end) {
    return offset < 0 ? end : Math.min(offset, end);
  }

  /** Where both topics end now for whoever reads committed records. */
  JoinEnd end(Sides<TopicSetup.Identity> topics) {
    long askedMs = clock.millis();
    return new JoinEnd(ends(topics), askedMs);
  }

  private Sides<SortedMap<Integer, Long>> ends(Sides<TopicSetup.Identity> topics) {
    return Sides.of(
        side -> read.of(side).ends(topics.of(side).partitions(), IsolationLevel.READ_COMMITTED));
  }

  /**
   * Where the topics end now that sides are written into, with what is not committed yet: such
   * records may hold back others that are.
   */
  JoinEnd routedEnd(Routing routing) {
    return new JoinEnd(
        Sides.of(
            side ->
                routing.routes(side)
                    ? routed.of(side).ends(routing.partitions(), IsolationLevel.READ_UNCOMMITTED)
                    : Collections.emptySortedMap()),
        clock.millis());
  }

  /** Whether everything up to an end is taken in and committed. */
  boolean reached(JoinEnd end) {
    return reached(read, end);
  }

  /** The same of an end of the topics that sides are written into. */
  boolean reachedRouted(JoinEnd end) {
    return reached(routed, end);
  }

  private static boolean reached(Sides<KafkaInputOffsets> of, JoinEnd end) {
    return Stream.of(Side.values()).allMatch(side -> of.of(side).reached(end.offsets().of(side)));
  }
}
