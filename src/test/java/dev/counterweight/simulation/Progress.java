package dev.counterweight.simulation;

import dev.counterweight.campaign.History;
import dev.counterweight.config.JobConfig;
import dev.counterweight.event.Sha256;
import dev.counterweight.protocol.LabelledHeaders;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;

/** How far a job is, by what stands in the cluster. Not thread-safe. */
final class Progress {
  private final Schedule schedule;
  private final MemoryCluster cluster;
  private final JobConfig config;
  private final History history;
  private final String counted;
  private final Set<String> origins = new HashSet<>(); // of what was joined
  private final Map<TopicPartition, Long> originsTo = new HashMap<>();

  Progress(Schedule schedule, World world, JobConfig config, History history) {
    this.schedule = schedule;
    this.cluster = world.cluster;
    this.config = config;
    this.history = history;
    this.counted = world.counted;
  }

  /** Whether everything that was committed went the whole way. */
  boolean complete() {
    return cluster.settled()
        && read("sampler", counted)
        && (!schedule.has("trainer") || read("trainer", config.topics().batches()))
        && (!schedule.has("scorer") || read("scorer", Settings.EVENTS))
        && (!schedule.has("joiner") || joined());
  }

  private boolean joined() {
    if (!read("joiner", Settings.EVENTS) || !read("joiner", Settings.LABELS)) {
      return false;
    }
    for (MemoryLog log : cluster.logs(counted)) {
      MemoryLog.Fetched more =
          log.read(originsTo.getOrDefault(log.partition(), 0L), Integer.MAX_VALUE);
      more.records().forEach(record -> origins.add(origin(record)));
      originsTo.put(log.partition(), more.next());
    }
    return origins.size() >= history.events().stream().filter(e -> e.kind().counted()).count();
  }

  private static String origin(ConsumerRecord<byte[], byte[]> record) {
    return text(record, LabelledHeaders.ORIGIN_PARTITION)
        + "@"
        + text(record, LabelledHeaders.ORIGIN_OFFSET);
  }

  private static String text(ConsumerRecord<byte[], byte[]> record, String header) {
    return new String(record.headers().lastHeader(header).value(), StandardCharsets.UTF_8);
  }

  /** Whether a role has committed to have read all of a topic. */
  private boolean read(String role, String topic) {
    MemoryGroup group = cluster.group(config.topics().groupOf(role));
    return cluster.logs(topic).stream()
        .allMatch(
            log -> {
              OffsetAndMetadata done = group.committed(log.partition());
              return !log.holds(done == null ? 0 : done.offset());
            });
  }

  @Override
  public String toString() {
    StringBuilder text = new StringBuilder();
    for (String role : schedule.instances().keySet()) {
      MemoryGroup group = cluster.group(config.topics().groupOf(role));
      text.append(role).append(":");
      for (String topic : cluster.topics()) {
        for (MemoryLog log : cluster.logs(topic)) {
          TopicPartition partition = log.partition();
          OffsetAndMetadata done = group.committed(partition);
          if (done != null) {
            text.append(" %s %d of %d".formatted(partition, done.offset(), log.end()));
          }
        }
      }
      text.append("; ");
    }
    return text.toString();
  }

  /** A hash of everything that was committed. */
  String digest() {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    for (String topic : cluster.topics()) {
      for (MemoryLog log : cluster.logs(topic)) {
        for (ConsumerRecord<byte[], byte[]> record : log.all()) {
          all.writeBytes(
              "%s@%d@%d"
                  .formatted(log.partition(), record.offset(), record.timestamp())
                  .getBytes(StandardCharsets.UTF_8));
          if (record.value() != null) {
            all.writeBytes(record.value());
          }
        }
      }
    }
    return Sha256.of(all.toByteArray());
  }
}
