package dev.counterweight.sampler;

import dev.counterweight.kafka.KafkaClients;
import dev.counterweight.kafka.LogEnds;
import dev.counterweight.kafka.TopicTail;
import dev.counterweight.protocol.JobTopics;
import dev.counterweight.protocol.TrainerReport;
import dev.counterweight.sampling.RateController;
import dev.counterweight.sampling.RateController.Standing;
import java.time.Duration;
import java.util.Map;
import java.util.function.Function;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.OffsetOutOfRangeException;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.TimeoutException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Where the trainer stands in the batch log, by what it reports on the job's metrics topic: its
 * position, not its committed offset, which moves once a checkpoint. Begins with the newest report
 * kept. Not thread-safe.
 */
final class TrainerReports implements RateController.Reports, AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(TrainerReports.class);
  private static final Duration TIMEOUT = Duration.ofSeconds(1);
  private static final Duration PATIENCE_AT_START = Duration.ofMinutes(1);
  private static final int READ_AT_START = 16;
  private static final double NEW_SHARE = 0.2;

  private final TopicTail<ConsumerRecord<byte[], byte[]>> reports;
  private final TopicPartition log;
  private final TopicPartition batches;
  private final LogEnds ends;
  private boolean reported;
  private long position;
  private double trained;
  private double rowsPerOffset;
  private @Nullable Standing known;

  /**
   * Both topics must exist.
   *
   * @param rowsPerOffset what to go by until reports tell better
   */
  TrainerReports(KafkaClients clients, JobTopics topics, double rowsPerOffset) {
    this(
        clients.consumer(
            topics.groupOf("sampler") + ".reports",
            Map.of(ConsumerConfig.MAX_POLL_RECORDS_CONFIG, 2 * READ_AT_START)),
        topics,
        rowsPerOffset);
  }

  /** Reads with a consumer, which belongs to the reports from now on. */
  TrainerReports(Consumer<byte[], byte[]> consumer, JobTopics topics, double rowsPerOffset) {
    this.rowsPerOffset = rowsPerOffset;
    this.log = new TopicPartition(topics.metrics(), 0);
    this.batches = new TopicPartition(topics.batches(), 0);
    this.reports = new TopicTail<>(consumer, log, Function.identity(), TIMEOUT);
    this.ends = new LogEnds(consumer, TIMEOUT);
    try {
      seekToNewest(new LogEnds(consumer, PATIENCE_AT_START));
    } catch (KafkaException e) {
      reports.close();
      throw e;
    }
  }

  /** Takes in what was reported since the last call, without waiting; whether there was any. */
  @Override
  public boolean read() {
    boolean any = false;
    try {
      for (var next = reports.next(Duration.ZERO);
          next.isPresent();
          next = reports.next(Duration.ZERO)) {
        any |= accept(next.get());
      }
    } catch (OffsetOutOfRangeException e) {
      LOG.debug("retention overtook the reports", e);
      catchUp();
    }
    return any;
  }

  /**
   * Where the trainer stands now, or null if none has reported or the last one is done. While the
   * broker does not answer, the batch log is taken to be as far ahead as it was.
   */
  @Override
  public @Nullable Standing standing() {
    if (!reported) {
      known = null;
      return null;
    }
    try {
      known = new Standing(trained, Math.max(0, ends.end(batches) - position) * rowsPerOffset);
    } catch (TimeoutException e) {
      LOG.debug("no answer about the end of the batch log", e);
    }
    return known;
  }

  @Override
  public void close() {
    reports.close();
  }

  /** A broker that does not answer costs reports, not the sampler: the next read tries again. */
  private void catchUp() {
    try {
      seekToNewest(ends);
    } catch (TimeoutException e) {
      LOG.debug("no answer about where the reports begin", e);
    }
  }

  private void seekToNewest(LogEnds ends) {
    reports.seek(Math.max(ends.first(log), ends.end(log) - READ_AT_START));
  }

  private boolean accept(ConsumerRecord<byte[], byte[]> found) {
    try {
      TrainerReport report = TrainerReport.read(found.value());
      learn(report.position().batchOffset(), report.draws().drawnRows());
      reported = !report.done();
      return true;
    } catch (IllegalArgumentException e) {
      LOG.warn("{} offset {} is no report: {}", found.topic(), found.offset(), e.getMessage());
      return false;
    }
  }

  /** How many rows an offset stands for changes with record sizes and transaction lengths. */
  private void learn(long newPosition, double rows) {
    if (!reported && newPosition > 0) {
      rowsPerOffset = rows / newPosition;
    } else if (newPosition > position && rows >= trained) {
      double lately = (rows - trained) / (newPosition - position);
      rowsPerOffset += NEW_SHARE * (lately - rowsPerOffset);
    }
    position = newPosition;
    trained = rows;
  }
}
