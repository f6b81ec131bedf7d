package dev.counterweight.cli;

import dev.counterweight.event.EventRejectedException.Reason;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.apache.kafka.clients.consumer.ConsumerRecord;

/**
 * Events of a sample that one rule refuses, and, where it is of a feature, for one feature. Of many
 * the first are kept, by which mends are tried. Not thread-safe.
 */
final class RejectionGroup {
  private static final int MAX_KEPT = 20;
  private static final int MAX_KEPT_BYTES = 1 << 20;
  private static final int MAX_MESSAGES = 500;

  private final Reason reason;
  private final String feature;
  private final List<ConsumerRecord<byte[], byte[]>> kept = new ArrayList<>();
  private final Map<String, Integer> messages = new LinkedHashMap<>();
  private String example = "";
  private int count;
  private long keptBytes;

  /**
   * @param feature that is wrong; empty if it is none
   */
  RejectionGroup(Reason reason, String feature) {
    this.reason = reason;
    this.feature = feature;
  }

  void add(ConsumerRecord<byte[], byte[]> event, String message) {
    if (count == 0) {
      example = "partition %d, offset %d: %s".formatted(event.partition(), event.offset(), message);
    }
    count++;
    if (messages.size() < MAX_MESSAGES || messages.containsKey(message)) {
      messages.merge(message, 1, Integer::sum);
    }
    int bytes = event.value() == null ? 0 : event.value().length;
    if (kept.isEmpty() || (kept.size() < MAX_KEPT && keptBytes + bytes <= MAX_KEPT_BYTES)) {
      kept.add(event);
      keptBytes += bytes;
    }
  }

  Reason reason() {
    return reason;
  }

  String feature() {
    return feature;
  }

  /** Events of the sample in it. */
  int count() {
    return count;
  }

  /** Where the first of them stands, and what is wrong with it. */
  String example() {
    return example;
  }

  /** The first of them. */
  List<ConsumerRecord<byte[], byte[]>> kept() {
    return kept;
  }

  /** What is said of them, each once, the most frequent first; of many the first to come. */
  List<String> messages() {
    return messages.entrySet().stream()
        .sorted(Map.Entry.<String, Integer>comparingByValue().reversed())
        .map(Map.Entry::getKey)
        .toList();
  }

  /** What is said of them otherwise, of how many each; the most frequent first. */
  List<String> others(int most) {
    return messages.entrySet().stream()
        .skip(1)
        .sorted(Map.Entry.<String, Integer>comparingByValue().reversed())
        .limit(most)
        .map(message -> message.getValue() + " more: " + message.getKey())
        .collect(Collectors.toList());
  }

  /** As the reason is called, and of which feature. */
  String name() {
    return reason.text() + (feature.isEmpty() ? "" : " of '" + feature + "'");
  }
}
