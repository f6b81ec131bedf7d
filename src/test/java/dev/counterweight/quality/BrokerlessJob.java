package dev.counterweight.quality;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.counterweight.config.JobConfig;
import dev.counterweight.counter.BrokerlessCounter;
import dev.counterweight.kafka.ReceivedRecord;
import dev.counterweight.sampler.BrokerlessSampler;
import dev.counterweight.trainer.BrokerlessTrainer;
import dev.counterweight.weights.Snapshot;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.IntStream;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;

/**
 * A job as {@link QualityJob} runs it, to the same figures, in one thread: what counts, samples and
 * trains is the roles' own code, and no broker stands between. Quicker by far, so that many
 * settings can be tried.
 */
final class BrokerlessJob {
  private static final int CHUNK = 500;
  private static final ObjectMapper JSON = new ObjectMapper();

  private final Path folder;

  /**
   * @param folder for Kafka Streams' state
   */
  BrokerlessJob(Path folder) {
    this.folder = folder;
  }

  /** Runs a job over a data set. */
  QualityRun run(EventSet data, String variant, long seed, Map<String, String> settings) {
    return run(data, variant, seed, settings, null);
  }

  /**
   * @param watched is shown the predictions; null to do without
   */
  QualityRun run(
      EventSet data,
      String variant,
      long seed,
      Map<String, String> settings,
      @Nullable Watched watched) {
    long startNs = System.nanoTime();
    JobConfig config = new QualityJob("unused:1", folder).config(data, variant, seed, settings);
    List<Snapshot> snapshots = count(config, data);
    Map<String, Object> summary = new LinkedHashMap<>();
    summary.put("events", data.size());
    summary.put("counts", counts(data));
    try (BrokerlessSampler sampler = new BrokerlessSampler(config, snapshots.get(0));
        BrokerlessTrainer trainer = trainer(config, watched)) {
      int at = 0;
      for (Snapshot snapshot : snapshots) {
        if (snapshot != snapshots.get(0)) {
          sampler.follow(snapshot);
        }
        int to = Math.toIntExact(Objects.requireNonNull(snapshot.offsets().covered().get(0)));
        for (; at < to; at = Math.min(to, at + CHUNK)) {
          sampler.use(events(data, at, Math.min(to, at + CHUNK))).forEach(trainer::train);
        }
      }
      sampler.finish().forEach(trainer::train);
      summary.put("metrics", trainer.metrics());
      summary.put("candidates", trainer.candidates());
    }
    summary.put("seconds", (System.nanoTime() - startNs) / 1e9);
    JsonNode told = JSON.valueToTree(summary);
    return new QualityRun(data.name(), variant, seed, data.classes(), told, watched);
  }

  private static BrokerlessTrainer trainer(JobConfig config, @Nullable Watched watched) {
    return watched == null
        ? new BrokerlessTrainer(config)
        : new BrokerlessTrainer(config, prediction -> watched.prediction(read(prediction)));
  }

  private static JsonNode read(byte[] prediction) {
    try {
      return JSON.readTree(prediction);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private List<Snapshot> count(JobConfig config, EventSet data) {
    List<Snapshot> snapshots = new ArrayList<>();
    try (BrokerlessCounter counter = new BrokerlessCounter(config, data.size(), folder)) {
      for (int at = 0; at < data.size(); at += CHUNK) {
        snapshots.addAll(counter.count(events(data, at, Math.min(data.size(), at + CHUNK))));
      }
    }
    return snapshots;
  }

  private static Map<String, Long> counts(EventSet data) {
    long[] counts = data.counts();
    Map<String, Long> byClass = new LinkedHashMap<>();
    for (int c = 0; c < counts.length; c++) {
      byClass.put(data.classes().get(c), counts[c]);
    }
    return byClass;
  }

  private static List<ConsumerRecord<byte[], byte[]>> events(EventSet data, int from, int to) {
    return IntStream.range(from, to).mapToObj(row -> event(data, row)).toList();
  }

  private static ConsumerRecord<byte[], byte[]> event(EventSet data, int row) {
    return ReceivedRecord.of(
        new TopicPartition(data.name(), 0), row, QualityJob.timeMs(row), data.event(row));
  }
}
