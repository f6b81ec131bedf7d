package dev.counterweight.quality;

import dev.counterweight.config.JobConfig;
import dev.counterweight.config.JobConfigLoader;
import dev.counterweight.event.Purchase;
import dev.counterweight.event.PurchaseFormat;
import dev.counterweight.event.WriterSchemas;
import dev.counterweight.kafka.ReceivedRecord;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.function.IntFunction;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.TopicPartition;

/**
 * A job of purchases in one of their formats.
 *
 * @param tags whether their array is a feature
 * @param files a folder for schemas
 * @param values of the events, by number
 */
record PurchaseJob(
    PurchaseFormat format, boolean tags, int size, Path files, IntFunction<byte[]> values)
    implements ReplayedJob {
  PurchaseJob(PurchaseFormat format, boolean tags, int size, Path files) {
    this(format, tags, size, files, number -> format.write(Purchase.of(number)));
  }

  @Override
  public String name() {
    return "purchases";
  }

  @Override
  public int partitions() {
    return 1;
  }

  @Override
  public JobConfig config(Path folder) {
    Map<String, String> settings = new HashMap<>(QualityJob.BY_COUNT);
    settings.putAll(format.settings(tags, files));
    settings.put("job", name());
    settings.put("bootstrap.servers", "unused:1");
    settings.put("instance.id", "differential");
    settings.put("events.topic", "purchases");
    settings.put("checkpoint.dir", "unused");
    return JobConfigLoader.load(settings);
  }

  @Override
  public WriterSchemas schemas() {
    return format.registry();
  }

  @Override
  public ConsumerRecord<byte[], byte[]> inOnePartition(JobConfig config, int row) {
    return event(config, row);
  }

  @Override
  public ConsumerRecord<byte[], byte[]> event(JobConfig config, int row) {
    return ReceivedRecord.of(
        new TopicPartition(config.events().topic(), 0),
        row,
        QualityJob.timeMs(row),
        values.apply(row));
  }
}
