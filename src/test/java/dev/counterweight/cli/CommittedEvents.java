package dev.counterweight.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.counterweight.kafka.KafkaClients;
import dev.counterweight.kafka.WholeTopic;
import dev.counterweight.weights.Snapshot;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Everything committed to a topic of csv events "1,LABEL", to check snapshots against. */
final class CommittedEvents {
  private final List<String> classes;

  /** Of each partition the events in order: offset times 256 plus class, 255 for unreadable. */
  private final Map<Integer, List<Long>> partitions = new TreeMap<>();

  private CommittedEvents(List<String> classes) {
    this.classes = classes;
  }

  static CommittedEvents read(KafkaClients clients, String topic, List<String> classes) {
    CommittedEvents all = new CommittedEvents(classes);
    WholeTopic.forEach(
        clients,
        topic,
        record -> {
          String label = new String(record.value(), StandardCharsets.UTF_8).substring(2);
          all.partitions
              .computeIfAbsent(record.partition(), p -> new ArrayList<>())
              .add(record.offset() * 256 + (classes.indexOf(label) & 255));
        });
    return all;
  }

  /** Readable events of each class. */
  long[] counts() {
    long[] counts = new long[classes.size()];
    partitions.values().forEach(events -> events.forEach(event -> count(event, counts)));
    return counts;
  }

  long total() {
    long total = 0;
    for (long count : counts()) {
      total += count;
    }
    return total;
  }

  /**
   * Versions strictly increase, cover never goes back, and the counts of each snapshot are exactly
   * those of the offsets that it covers; the last covers everything.
   */
  void assertCountedBy(List<Snapshot> snapshots) {
    long version = 0;
    long[] counts = new long[classes.size()];
    Map<Integer, Integer> read = new TreeMap<>();
    Map<Integer, Long> covered = new TreeMap<>();
    for (Snapshot snapshot : snapshots) {
      assertThat(snapshot.version()).isGreaterThan(version);
      version = snapshot.version();
      assertThat(snapshot.offsets().covered().keySet()).containsAll(covered.keySet());
      snapshot
          .offsets()
          .covered()
          .forEach(
              (partition, next) -> {
                assertThat(next).isGreaterThanOrEqualTo(covered.getOrDefault(partition, 0L));
                List<Long> events = partitions.getOrDefault(partition, List.of());
                int i = read.getOrDefault(partition, 0);
                for (; i < events.size() && events.get(i) / 256 < next; i++) {
                  count(events.get(i), counts);
                }
                read.put(partition, i);
              });
      covered.putAll(snapshot.offsets().covered());
      assertThat(snapshot.counts().events())
          .as("counts are those of the offsets covered, version %d", version)
          .isEqualTo(counts);
    }
    assertThat(counts).as("the last snapshot is complete").isEqualTo(counts());
  }

  private static void count(long event, long[] counts) {
    int label = (int) (event & 255);
    if (label < counts.length) {
      counts[label]++;
    }
  }
}
