package dev.counterweight.scorer;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.counterweight.checkpoint.Announcement;
import dev.counterweight.checkpoint.ModelLoader;
import dev.counterweight.checkpoint.ServedCheckpoint;
import dev.counterweight.config.JobConfig;
import dev.counterweight.config.JobConfigLoader;
import dev.counterweight.demo.SharedBroker;
import dev.counterweight.kafka.KafkaClients;
import dev.counterweight.kafka.LogEnds;
import dev.counterweight.kafka.TopicSetup;
import dev.counterweight.protocol.ServedScore;
import dev.counterweight.runtime.RunningRole;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;

/** A job over a new topic of the shared broker, its checkpoints made by hand, and its scorers. */
final class ScoredJob implements AutoCloseable {
  final String job = SharedBroker.uniqueName("job");
  final String events = SharedBroker.uniqueName("payments");
  final KafkaClients clients;
  final MadeCheckpoints made;
  private final Path folder;
  private final Map<String, String> settings;
  private final Producer<byte[], byte[]> producer;

  ScoredJob(Path folder, int partitions, Map<String, String> settings) {
    this.folder = folder;
    this.settings = settings;
    SharedBroker.createTopic(events, partitions);
    this.made = new MadeCheckpoints(folder.resolve("checkpoints"), job);
    this.clients = new KafkaClients(config(Map.of()).kafka());
    this.producer = clients.producer("fill", Map.of());
  }

  JobConfig config(Map<String, String> more) {
    Map<String, String> all = new HashMap<>();
    all.put("job", job);
    all.put("bootstrap.servers", SharedBroker.bootstrapServers());
    all.put("events.topic", events);
    all.put("events.label", "label");
    all.put("events.classes", "ok,fraud");
    all.put("events.features", "amount");
    all.put("checkpoint.dir", folder.resolve("checkpoints").toString());
    all.putAll(settings);
    all.putAll(more);
    all.values().removeIf(String::isEmpty);
    return JobConfigLoader.load(all);
  }

  /** Writes and announces a checkpoint of this step. */
  void announce(long step) throws Exception {
    try (Admin admin = SharedBroker.admin()) {
      new TopicSetup(admin, Duration.ofSeconds(30), SharedBroker.bootstrapServers())
          .ensure(config(Map.of()).topics(), List.of(config(Map.of()).topics().checkpoints()));
    }
    producer
        .send(
            new ProducerRecord<>(
                config(Map.of()).topics().checkpoints(),
                Announcement.key(),
                made.announce(step).toJson()))
        .get(30, TimeUnit.SECONDS);
  }

  /** Events of amounts 0, 1, .. in turn over the partitions. */
  void send(int partitions, int count) throws Exception {
    for (int i = 0; i < count; i++) {
      byte[] value = "{\"amount\":%d}".formatted(i % 7).getBytes(UTF_8);
      send(i % partitions, ("k" + i).getBytes(UTF_8), value);
    }
    producer.flush();
  }

  void send(int partition, byte @Nullable [] key, byte @Nullable [] value) {
    producer.send(new ProducerRecord<>(events, partition, key, value));
  }

  ScorerRole role(boolean stopAtEnd) {
    return role(stopAtEnd, ServedCheckpoint::of);
  }

  ScorerRole role(boolean stopAtEnd, ModelLoader loader) {
    return new ScorerRole(
        config(Map.of()), clients, new SimpleMeterRegistry(), loader, Clock.systemUTC(), stopAtEnd);
  }

  Map<String, Object> scoreToEnd() throws Exception {
    return RunningRole.toEnd(role(true));
  }

  RunningRole start() {
    return new RunningRole(role(false));
  }

  /** What stands on the topic of the scores, committed; nothing if it is not there. */
  List<ConsumerRecord<byte[], byte[]>> records() {
    return committed(config(Map.of()).topics().scores());
  }

  List<ServedScore> scores() {
    return records().stream().map(record -> ServedScore.parse(record.value())).toList();
  }

  List<ConsumerRecord<byte[], byte[]>> letters() {
    return committed(config(Map.of()).topics().deadLetters());
  }

  private List<ConsumerRecord<byte[], byte[]>> committed(String topic) {
    List<ConsumerRecord<byte[], byte[]>> all = new ArrayList<>();
    try (Consumer<byte[], byte[]> consumer = clients.consumer("read", Map.of())) {
      List<TopicPartition> partitions =
          consumer.listTopics().getOrDefault(topic, List.of()).stream()
              .map(info -> new TopicPartition(topic, info.partition()))
              .toList();
      if (partitions.isEmpty()) {
        return all;
      }
      consumer.assign(partitions);
      consumer.seekToBeginning(partitions);
      LogEnds ends = new LogEnds(consumer, Duration.ofSeconds(30));
      Map<TopicPartition, Long> end = new HashMap<>();
      partitions.forEach(partition -> end.put(partition, ends.end(partition)));
      while (end.entrySet().stream().anyMatch(e -> consumer.position(e.getKey()) < e.getValue())) {
        consumer.poll(Duration.ofMillis(100)).forEach(all::add);
      }
    }
    return all;
  }

  @Override
  public void close() {
    producer.close();
  }
}
