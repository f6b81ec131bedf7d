package dev.counterweight.joiner;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.counterweight.config.JobConfig;
import dev.counterweight.config.JobConfigLoader;
import dev.counterweight.demo.SharedBroker;
import dev.counterweight.joiner.JoinRecount.Written;
import dev.counterweight.kafka.KafkaClients;
import dev.counterweight.kafka.LogEnds;
import dev.counterweight.kafka.WholeTopic;
import dev.counterweight.protocol.LabelledHeaders;
import dev.counterweight.runtime.RunningRole;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.RecordsToDelete;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.header.Header;

/** A job whose labels come apart, over new topics of the shared broker, and its joiners. */
final class JoinedJob {
  static final List<String> CLASSES = List.of("ok", "fraud", "dispute");

  /** A partition without a leader yet must not refuse the first batch and take the second. */
  private static final Map<String, Object> IN_ORDER =
      Map.of("max.in.flight.requests.per.connection", 1);

  final String job = SharedBroker.uniqueName("job");
  final String events = SharedBroker.uniqueName("payments");
  final String labels = SharedBroker.uniqueName("chargebacks");
  final KafkaClients clients;
  private final Path folder;
  private final Map<String, String> settings;
  private final int partitions;
  private final boolean byFields;

  JoinedJob(Path folder, int partitions, Map<String, String> settings) throws Exception {
    this(folder, partitions, partitions, false, settings);
  }

  /**
   * @param byFields whether both sides are joined by fields of their values, whatever their
   *     records' keys are
   */
  JoinedJob(
      Path folder,
      int partitions,
      int labelPartitions,
      boolean byFields,
      Map<String, String> settings)
      throws Exception {
    this.folder = folder;
    this.settings = new HashMap<>(settings);
    this.partitions = partitions;
    this.byFields = byFields;
    if (byFields) {
      this.settings.put("events.key", "account");
      this.settings.put("labels.key", "of");
    }
    SharedBroker.createTopic(events, partitions);
    SharedBroker.createTopic(labels, labelPartitions);
    this.clients = new KafkaClients(config(Map.of()).kafka());
  }

  JobConfig config(Map<String, String> more) {
    Map<String, String> all = new HashMap<>();
    all.put("job", job);
    all.put("bootstrap.servers", SharedBroker.bootstrapServers());
    all.put("events.topic", events);
    all.put("events.classes", String.join(",", CLASSES));
    all.put("events.features", "x");
    all.put("events.time", "t");
    all.put("checkpoint.dir", folder.resolve("checkpoints").toString());
    all.put("labels.topic", labels);
    all.put("labels.label", "label");
    all.put("labels.time", "t");
    all.put("labels.wait", "1h");
    all.put("labels.state.dir", folder.resolve("state").toString());
    all.putAll(settings);
    all.putAll(more);
    return JobConfigLoader.load(all);
  }

  Map<String, Object> joinToEnd(Map<String, String> more) throws Exception {
    return RunningRole.toEnd(
        new JoinerRole(config(more), clients, new SimpleMeterRegistry(), Clock.systemUTC(), true));
  }

  RunningRole start(Map<String, String> more) {
    return new RunningRole(
        new JoinerRole(config(more), clients, new SimpleMeterRegistry(), Clock.systemUTC(), false));
  }

  /** Sends all of it, the number of each event in its value. */
  void send(JoinStream stream) {
    sendEvents(stream, 0, stream.events().size());
    sendLabels(stream, 0, stream.labels().size());
  }

  void sendEvents(JoinStream stream, int from, int to) {
    try (Producer<byte[], byte[]> producer = clients.producer("events", IN_ORDER)) {
      for (int i = from; i < to; i++) {
        JoinStream.Event event = stream.events().get(i);
        event(producer, Integer.toString(event.key()), i, event.timeMs());
      }
    }
  }

  void sendLabels(JoinStream stream, int from, int to) {
    try (Producer<byte[], byte[]> producer = clients.producer("labels", IN_ORDER)) {
      for (JoinStream.Label label : stream.labels().subList(from, to)) {
        label(producer, Integer.toString(label.key()), CLASSES.get(label.label()), label.timeMs());
      }
    }
  }

  void event(Producer<byte[], byte[]> producer, String key, int x, long timeMs) {
    String field = byFields ? ",\"account\":\"" + key + "\"" : "";
    String value = "{\"x\":%d,\"t\":%d%s}".formatted(x, timeMs, field);
    String recordKey = byFields ? "event " + x : key;
    producer.send(new ProducerRecord<>(events, recordKey.getBytes(UTF_8), value.getBytes(UTF_8)));
  }

  void label(Producer<byte[], byte[]> producer, String key, String label, long timeMs) {
    String field = byFields ? ",\"of\":\"" + key + "\"" : "";
    String value = "{\"label\":\"%s\",\"t\":%d%s}".formatted(label, timeMs, field);
    // Labels of one key stay in order: other keys than the events', yet each its own.
    String recordKey = byFields ? "label of " + key : key;
    producer.send(new ProducerRecord<>(labels, recordKey.getBytes(UTF_8), value.getBytes(UTF_8)));
  }

  /** Sets what the group committed back to the first offsets. */
  void setBack() throws Exception {
    Map<TopicPartition, OffsetAndMetadata> first = new HashMap<>();
    for (String topic : List.of(events, labels)) {
      for (TopicPartition partition : LogEnds.partitions(topic, partitions)) {
        first.put(partition, new OffsetAndMetadata(0));
      }
    }
    try (Admin admin = SharedBroker.admin()) {
      admin.alterConsumerGroupOffsets(job + ".joiner", first).all().get(30, TimeUnit.SECONDS);
    }
  }

  /** Has retention take labels of the first partition. */
  void deleteLabelsBelow(long offset) throws Exception {
    try (Admin admin = SharedBroker.admin()) {
      admin
          .deleteRecords(
              Map.of(new TopicPartition(labels, 0), RecordsToDelete.beforeOffset(offset)))
          .all()
          .get(30, TimeUnit.SECONDS);
    }
  }

  List<ConsumerRecord<byte[], byte[]>> labelled() {
    List<ConsumerRecord<byte[], byte[]>> all = new ArrayList<>();
    WholeTopic.forEach(clients, config(Map.of()).topics().labelled(), all::add);
    return all;
  }

  /** What was written of each event, by its number, in order. */
  Map<Integer, List<Written>> written() {
    Map<Integer, List<Written>> all = new HashMap<>();
    for (ConsumerRecord<byte[], byte[]> record : labelled()) {
      String value = new String(record.value(), UTF_8);
      int number = Integer.parseInt(value.substring(5, value.indexOf(',')));
      String replaces = header(record, LabelledHeaders.REPLACES);
      all.computeIfAbsent(number, n -> new ArrayList<>())
          .add(
              new Written(
                  CLASSES.indexOf(header(record, LabelledHeaders.LABEL)),
                  Long.parseLong(header(record, LabelledHeaders.WAITED_MS)),
                  replaces.isEmpty() ? -1 : CLASSES.indexOf(replaces)));
    }
    return all;
  }

  /** Events of whose records a recount says otherwise, with both; some of them. */
  Map<Integer, String> unlikeTheRecountOf(JoinStream stream) {
    JoinRecount recount = new JoinRecount(stream);
    Map<Integer, List<Written>> written = written();
    Map<Integer, String> wrong = new HashMap<>();
    for (int event = 0; event < stream.events().size() && wrong.size() < 10; event++) {
      List<Written> expected = recount.of(event);
      List<Written> found = written.getOrDefault(event, List.of());
      if (!found.equals(expected)) {
        wrong.put(event, stream.events().get(event) + ": " + found + " for " + expected);
      }
    }
    return wrong;
  }

  static String header(ConsumerRecord<byte[], byte[]> record, String name) {
    Header header = record.headers().lastHeader(name);
    return header == null ? "" : new String(header.value(), UTF_8);
  }
}
