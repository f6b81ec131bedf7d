package dev.counterweight.training;

import dev.counterweight.config.JobConfig;
import dev.counterweight.config.JobTopics;
import dev.counterweight.runtime.KafkaClients;
import dev.counterweight.runtime.Ticker;
import java.time.Clock;
import java.util.Map;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What the trainer in the lead says of itself while it works, on the metrics topic, in its meters
 * and in its log. Used by one thread.
 */
final class TrainerReports implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(TrainerReports.class);

  private final JobTopics topics;
  private final TrainerMeters meters;
  private final Clock clock;
  private final ReportPace pace;
  private final TrainingRun run;
  private final Producer<byte[], byte[]> producer;
  private final ProgressReport report;
  private long sentRecords;

  /**
   * @param run what is reported on
   */
  TrainerReports(
      JobConfig config,
      KafkaClients clients,
      TrainerMeters meters,
      Clock clock,
      Ticker ticker,
      TrainingRun run) {
    this.topics = config.topics();
    this.meters = meters;
    this.clock = clock;
    this.pace = new ReportPace(ticker);
    this.run = run;
    this.report = new ProgressReport(config.job(), config.events().schema().classes());
    this.producer = clients.producer(topics.groupOf("trainer") + ".metrics", Map.of());
  }

  /** Takes the run as it stands for known: the first report waits for progress. */
  void start() {
    sentRecords = run.progress().records();
    meters.drifts().begin(run.scoring().drift());
    meters.evaluated(run.evaluation().recent(), run.evaluation().sinceStart());
  }

  /** Whether it is time for a report again, and there is progress since the newest. */
  boolean due() {
    return pace.due() && run.progress().records() != sentRecords;
  }

  /**
   * Reports.
   *
   * @param batchOffset where in the batch log training stands
   * @param checkpoint path of the newest one's folder
   * @param done whether nothing comes after it
   */
  void send(
      long batchOffset, @Nullable TrainResult last, @Nullable String checkpoint, boolean done) {
    pace.begin();
    sentRecords = run.progress().records();
    meters.evaluated(run.evaluation().recent(), run.evaluation().sinceStart());
    meters.drifts().count(run.scoring().drift());
    byte[] value = report.toJson(run, clock.millis(), batchOffset, last, checkpoint, done);
    producer.send(
        new ProducerRecord<>(topics.metrics(), report.key(), value),
        (metadata, e) -> {
          if (e != null) {
            LOG.warn("a report on '{}' was lost: {}", topics.metrics(), e.toString());
          }
        });
    pace.end();
  }

  /** Waits until every report is out. */
  void flush() {
    producer.flush();
  }

  /** One line for a log. */
  String line() {
    return report.line(run);
  }

  @Override
  public void close() {
    producer.close();
  }
}
