package dev.counterweight.quality;

import dev.counterweight.config.JobConfig;
import dev.counterweight.event.WriterSchemas;
import java.nio.file.Path;
import org.apache.kafka.clients.consumer.ConsumerRecord;

/** A job of the {@link Oracle}, and its events. */
interface ReplayedJob {
  String name();

  /** Number of events. */
  int size();

  /** Of the events, which take turns. */
  int partitions();

  /**
   * The job.
   *
   * @param folder for its checkpoints
   */
  JobConfig config(Path folder);

  /** The schemas that a registry knows. */
  default WriterSchemas schemas() {
    return WriterSchemas.NONE;
  }

  /** An event by its place in the stream, as if its partition were the only one. */
  ConsumerRecord<byte[], byte[]> inOnePartition(JobConfig config, int row);

  /** An event by its place in the stream. */
  ConsumerRecord<byte[], byte[]> event(JobConfig config, int row);
}
