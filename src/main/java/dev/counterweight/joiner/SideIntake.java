package dev.counterweight.joiner;

import dev.counterweight.config.EventsConfig;
import dev.counterweight.config.LabelsConfig;
import dev.counterweight.event.WriterSchemas;
import dev.counterweight.joining.Side;
import dev.counterweight.kafka.PollBudget;
import dev.counterweight.streams.BufferDeserializer;
import dev.counterweight.streams.Intake;
import dev.counterweight.streams.PassedOffsets;
import dev.counterweight.streams.PolledPositions;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.common.serialization.Deserializer;
import org.apache.kafka.common.utils.Utils;
import org.jspecify.annotations.Nullable;

/**
 * Reads the records of both sides while a consumer takes them in: what Kafka Streams is handed for
 * their values is a {@link SideRecord}, or a {@link SideChunk} of several. Records of other topics
 * stay as they are. Used by the thread of one consumer.
 */
final class SideIntake implements Intake {
  private final SideKeys keys;
  private final SideReader events;
  private final SideReader labels;
  private final Set<String> routed;
  private final PollBudget budget;
  private final PolledPositions.Share positions;
  private final SidePacker packer;

  /**
   * @param mostBytes of an event as it is written again; a longer one is refused
   * @param routed topics of the sides that are written again
   * @param positions learns how far this consumer is
   */
  SideIntake(
      LabelsConfig config,
      int mostBytes,
      Set<String> routed,
      WriterSchemas schemas,
      PollBudget budget,
      PolledPositions.Share positions) {
    EventsConfig eventsSide = config.events();
    EventsConfig labelsSide = config.labels();
    this.keys = new SideKeys(eventsSide.topic(), labelsSide.topic(), budget);
    this.events = new SideReader(Side.EVENTS, eventsSide, mostBytes, schemas, keys, budget);
    this.labels = new SideReader(Side.LABELS, labelsSide, mostBytes, schemas, keys, budget);
    this.routed = routed;
    this.budget = budget;
    this.positions = positions;
    this.packer = new SidePacker(packed(config, routed));
  }

  /** {topic: the earliest time} of what is packed. */
  private static Map<String, Long> packed(LabelsConfig config, Set<String> routed) {
    return Stream.of(config.events(), config.labels())
        .filter(side -> SidePacker.packs(config) && !routed.contains(side.topic()))
        .collect(Collectors.toMap(EventsConfig::topic, side -> side.schema().minTimeMs()));
  }

  @Override
  public Deserializer<byte @Nullable []> keys() {
    return keys;
  }

  @Override
  public BufferDeserializer values() {
    return (from, headers, value) -> {
      if (from.equals(events.topic())) {
        return events.read(headers, value);
      }
      if (from.equals(labels.topic())) {
        return labels.read(headers, value);
      }
      budget.take(headers, value == null ? 0 : value.remaining());
      return Utils.toNullableArray(value);
    };
  }

  @Override
  public ConsumerRecords<byte[], byte[]> polled(
      ConsumerRecords<byte[], byte[]> records, Reading reading) {
    positions.polled(records, reading);
    return packer.pack(
        routed.isEmpty() ? records : PassedOffsets.add(records, routed, SideRecord.position()));
  }
}
