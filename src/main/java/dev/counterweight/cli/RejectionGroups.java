package dev.counterweight.cli;

import dev.counterweight.event.EventRejectedException;
import dev.counterweight.event.EventRejectedException.Reason;
import dev.counterweight.event.EventSchema;
import dev.counterweight.event.Feature;
import dev.counterweight.event.Shown;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.ConsumerRecord;

/** The events of a sample that are refused, by what is wrong with them. Not thread-safe. */
final class RejectionGroups {
  /** Beyond as many, features share a group. */
  private static final int MAX_GROUPS = 200;

  private final EventSchema schema;
  private final Map<List<Object>, RejectionGroup> groups = new LinkedHashMap<>();

  RejectionGroups(EventSchema schema) {
    this.schema = schema;
  }

  void add(ConsumerRecord<byte[], byte[]> event, EventRejectedException rejected) {
    String feature = groups.size() < MAX_GROUPS ? feature(rejected, schema) : "";
    groups
        .computeIfAbsent(
            List.of(rejected.reason(), feature),
            any -> new RejectionGroup(rejected.reason(), feature))
        .add(event, rejected.getMessage());
  }

  /** Those of the most events first. */
  List<RejectionGroup> largestFirst() {
    List<RejectionGroup> sorted = new ArrayList<>(groups.values());
    sorted.sort(Comparator.comparingInt(RejectionGroup::count).reversed());
    return sorted;
  }

  /** Events that would be dead letters. */
  int events() {
    return groups.values().stream().mapToInt(RejectionGroup::count).sum();
  }

  /** The feature that an event is refused for, as its message names it; empty if it is none. */
  static String feature(EventRejectedException rejected, EventSchema schema) {
    if (rejected.reason() != Reason.MISSING_FEATURE && rejected.reason() != Reason.BAD_FEATURE) {
      return "";
    }
    String message = rejected.getMessage();
    return schema.features().features().stream()
        .filter(feature -> names(message, feature))
        .map(Feature::name)
        .findFirst()
        .orElse("");
  }

  private static boolean names(String message, Feature feature) {
    return message.startsWith("feature '" + Shown.text(feature.name()) + "'")
        || message.contains("' in field '" + feature.path().text() + "'");
  }
}
