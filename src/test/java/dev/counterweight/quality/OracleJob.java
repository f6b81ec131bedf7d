package dev.counterweight.quality;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.counterweight.config.JobConfig;
import dev.counterweight.event.EventFormat;
import dev.counterweight.kafka.ReceivedRecord;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.jspecify.annotations.Nullable;

/**
 * A job of the {@link Oracle}.
 *
 * @param partitions of its events, which take turns
 * @param faulty whether some of its events cannot be read; all have a key and a header then
 */
record OracleJob(
    String name, DataSet data, int partitions, boolean faulty, Map<String, String> settings)
    implements ReplayedJob {
  private static final long SEED = 7;

  private static OracleJob of(String name, DataSet data, String... settings) {
    Map<String, String> map = new HashMap<>();
    for (String setting : settings) {
      String[] parts = setting.split("=", 2);
      map.put(parts[0], parts[1]);
    }
    return new OracleJob(name, data, 1, false, map);
  }

  private OracleJob faultyIn(int partitions) {
    return new OracleJob(name, data, partitions, true, settings);
  }

  /**
   * All jobs, by their settings as different as can be.
   *
   * @param folder for files
   * @param module a TorchScript module from 6 features to 4 classes; without one its job is left
   *     out
   */
  static List<OracleJob> all(Path folder, @Nullable Path module) throws IOException {
    List<OracleJob> all = new ArrayList<>(plain());
    all.addAll(ofStreams());
    all.addAll(ofShuttle(folder));
    if (module != null) {
      all.add(
          of("module", runs(), "model=torchscript", "model.file=" + module, "model.quantiles=0"));
    }
    return all;
  }

  /** Those whose batch log and snapshots are the same on every machine, and soon made. */
  static List<OracleJob> plain() {
    DataSet ten = Streams.ten(6_000);
    return List.of(
        of("defaults", QualityIT.data("defaults")),
        of(
                "faulty",
                Streams.ten(4_000),
                "events.format=json",
                "events.importance=w",
                "evaluation.share=0.1",
                "sampler.memory=16",
                "optimizer=adamw",
                "weight.decay=0.01")
            .faultyIn(3),
        of(
            "batch",
            ten,
            "events.format=csv",
            "weights.formula=batch",
            "sampler.weights=inverse",
            "model.activation=gelu",
            "loss.reduction=mean"),
        of(
            "effective",
            ten,
            "events.format=json",
            "events.time=t",
            "weights.formula=effective-number",
            "sampler.weights=smoothed",
            "weights.max.ratio=50",
            "sampler.draws.per.event=2.5",
            "sampler.arrival.share=0.2",
            "gradient.clip=0",
            "calibrate=false"));
  }

  private static List<OracleJob> ofStreams() {
    List<DataSet> streams = Streams.ofPriors();
    DataSet ratio = streams.get(0).slice(14_000, 24_000);
    DataSet swapped = streams.get(1).slice(25_000, 35_000);
    return List.of(
        of("drift", ratio, "counts.half.life=2000 events", "decision=recall(c1,0.9)"),
        of(
            "power",
            ratio,
            "weights.formula=power(0.7)",
            "sampler.weights=power(0.7)",
            "decision=precision(c1,0.5)"),
        of(
            "oversample",
            swapped,
            "events.format=json",
            "events.time=t",
            "events.importance=w",
            "counts.half.life=3s",
            "sampler.preset=oversample",
            "weights.formula=none",
            "loss=logit-adjusted",
            "loss.label.smoothing=0.05",
            "decision=argmax-calibrated"),
        of(
            "natural",
            swapped,
            "sampler.preset=none",
            "weights.formula=none",
            "loss.reduction=sum",
            "calibrate=false",
            "decision=costs(0,1,5,0)"),
        of(
            "undersample",
            runs(),
            "events.format=csv",
            "sampler.preset=undersample",
            "loss=focal",
            "model=linear",
            "model.quantiles=0",
            "optimizer=sgd",
            "momentum=0.9",
            "nesterov=true",
            "schedule.warmup.steps=50"));
  }

  private static DataSet runs() {
    return Streams.ofPriors().get(2).slice(0, 9_000);
  }

  private static List<OracleJob> ofShuttle(Path folder) throws IOException {
    Path file = folder.resolve("shuttle.csv.gz");
    try (InputStream in = OracleJob.class.getResourceAsStream("/data/shuttle.csv.gz")) {
      Files.copy(Objects.requireNonNull(in), file);
    }
    DataSet shuttle = DataSet.load(file, 12_000);
    return List.of(
        of("shuttle", shuttle, "events.format=json", "evaluation.share=0.3"),
        of(
            "weighted-random",
            shuttle,
            "events.format=csv",
            "sampler.preset=weighted-random",
            "loss=ldam",
            "model.hidden=16",
            "model.activation=tanh",
            "model.dropout=0.2",
            "model.quantiles=16"));
  }

  @Override
  public String toString() {
    return name;
  }

  @Override
  public int size() {
    return data.size();
  }

  @Override
  public JobConfig config(Path folder) {
    return new QualityJob("unused:1", folder).config(data, name, SEED, settings);
  }

  @Override
  public ConsumerRecord<byte[], byte[]> inOnePartition(JobConfig config, int row) {
    return event(config, row, 0, row);
  }

  @Override
  public ConsumerRecord<byte[], byte[]> event(JobConfig config, int row) {
    return event(config, row, row % partitions, row / partitions);
  }

  private ConsumerRecord<byte[], byte[]> event(JobConfig config, int row, int p, long offset) {
    byte[] value = value(config.events().format(), row);
    RecordHeaders headers = new RecordHeaders();
    if (faulty) {
      headers.add("row", Integer.toString(row).getBytes(UTF_8));
    }
    return ReceivedRecord.of(
        new TopicPartition(data.name(), p),
        offset,
        QualityJob.timeMs(row),
        faulty ? ("key " + row).getBytes(UTF_8) : null,
        value,
        headers);
  }

  private byte @Nullable [] value(EventFormat format, int row) {
    if (faulty && row % 101 == 7) {
      return null;
    }
    String text =
        switch (format) {
          case FLOAT32 -> "";
          case AVRO, PROTOBUF -> throw new IllegalArgumentException("needs a schema: " + format);
          case CSV -> csv(row);
          case JSON -> json(row);
        };
    if (faulty && row % 103 == 9) {
      text = text.substring(0, text.length() / 2);
    }
    return format == EventFormat.FLOAT32 ? data.event(row) : text.getBytes(UTF_8);
  }

  private String csv(int row) {
    StringBuilder text = new StringBuilder();
    for (int f = 0; f < data.features().size(); f++) {
      text.append(feature(row, f)).append(',');
    }
    return text + label(row);
  }

  private String json(int row) {
    StringBuilder text = new StringBuilder("{");
    for (int f = 0; f < data.features().size(); f++) {
      text.append("\"%s\":%s,".formatted(data.features().get(f), feature(row, f)));
    }
    long timeMs = QualityJob.timeMs(row - 13 * (row % 7));
    return text
        + "\"t\":%d,\"w\":%s,\"label\":\"%s\"}".formatted(timeMs, row % 5 / 2.0, label(row));
  }

  private float feature(int row, int feature) {
    return data.rows()[row * data.features().size() + feature];
  }

  private String label(int row) {
    return data.classes().get(data.labels()[row]);
  }
}
