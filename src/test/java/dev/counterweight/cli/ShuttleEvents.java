package dev.counterweight.cli;

import dev.counterweight.demo.SharedBroker;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.zip.GZIPInputStream;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;

/** The bundled Shuttle data as events in a topic of their own. */
final class ShuttleEvents {
  private final String topic;
  private final Map<String, Long> counts = new TreeMap<>();
  private long events;

  private ShuttleEvents(String topic) {
    this.topic = topic;
  }

  /**
   * Sends {@code rows} rows, the data from its start and over again, spread over the partitions, as
   * CSV records.
   */
  static ShuttleEvents send(int rows, int partitions)
      throws IOException, InterruptedException, ExecutionException {
    List<Future<RecordMetadata>> confirmations = new ArrayList<>();
    ShuttleEvents sent =
        new ShuttleEvents(SharedBroker.createTopic(SharedBroker.uniqueName("shuttle"), partitions));
    List<String> data = data();
    try (KafkaProducer<byte[], byte[]> producer =
        // The topic is new: see Replay.
        SharedBroker.producer(
            Map.of("linger.ms", 20, "max.in.flight.requests.per.connection", 1))) {
      for (; sent.events < rows; sent.events++) {
        String row = data.get((int) (sent.events % data.size()));
        int partition = (int) (sent.events % partitions);
        confirmations.add(
            producer.send(
                new ProducerRecord<>(
                    sent.topic, partition, null, row.getBytes(StandardCharsets.UTF_8))));
        sent.counts.merge(row.substring(row.lastIndexOf(',') + 1), 1L, Long::sum);
      }
      for (Future<RecordMetadata> confirmation : confirmations) {
        confirmation.get();
      }
    }
    return sent;
  }

  private static List<String> data() throws IOException {
    try (InputStream data =
            Objects.requireNonNull(
                ShuttleEvents.class.getResourceAsStream("/data/shuttle.csv.gz"));
        BufferedReader in =
            new BufferedReader(
                new InputStreamReader(new GZIPInputStream(data), StandardCharsets.UTF_8))) {
      return in.lines().skip(1).toList();
    }
  }

  String topic() {
    return topic;
  }

  long events() {
    return events;
  }

  /** Events by label: the truth. */
  Map<String, Long> counts() {
    return counts;
  }

  /** The configuration of a job on these events. */
  List<String> properties(String job, String checkpointDir) {
    return List.of(
        "job=" + job,
        "bootstrap.servers=" + SharedBroker.bootstrapServers(),
        "events.topic=" + topic,
        "events.format=csv",
        "events.label=label",
        "events.classes=Rad.Flow,High,Bypass,Fpv.Open,Fpv.Close,Bpv.Close,Bpv.Open",
        "events.features=V1,V2,V3,V4,V5,V6,V7,V8,V9",
        "checkpoint.dir=" + checkpointDir,
        "metrics.port=0");
  }
}
