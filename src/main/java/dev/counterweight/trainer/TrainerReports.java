package dev.counterweight.trainer;

import dev.counterweight.config.JobConfig;
import dev.counterweight.kafka.KafkaClients;
import dev.counterweight.kafka.Ticker;
import dev.counterweight.protocol.JobTopics;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.errors.InterruptException;
import org.apache.kafka.common.errors.TimeoutException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What the trainer in the lead says of itself while it works, on the metrics topic, in its meters
 * and in its log. A broker that is away holds up no training: a report that cannot be handed over
 * at once is lost, and told anew a second later. Not thread-safe.
 */
final class TrainerReports implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(TrainerReports.class);
  private static final Duration CLOSING = Duration.ofSeconds(1);

  /** A broker that answers takes far less; one that is away holds no last report up for longer. */
  private static final Duration TIMEOUT = Duration.ofSeconds(5);

  /** Where the topic stands is looked up once: a later look-up would find nobody waiting for it. */
  private static final Map<String, Object> NEVER_BLOCKS =
      Map.of(
          ProducerConfig.MAX_BLOCK_MS_CONFIG,
          0,
          ProducerConfig.METADATA_MAX_IDLE_CONFIG,
          Duration.ofDays(365).toMillis());

  private final JobTopics topics;
  private final TrainerMeters meters;
  private final Clock clock;
  private final ReportPace pace;
  private final TrainingRun run;
  private final Producer<byte[], byte[]> producer;
  private final ProgressReport report;
  private long sentDone;
  private @Nullable Future<RecordMetadata> newest;

  /** Whether the newest report that came to an end was lost; written by the producer's thread. */
  private volatile boolean lost;

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
    this.report =
        new ProgressReport(config.job(), config.events().schema().classes(), clock.millis());
    this.producer = clients.producer(topics.groupOf("trainer") + ".metrics", NEVER_BLOCKS);
    lookUpTopic();
  }

  /**
   * Begins with a run as it stands. One that was restored is told of at once: a trainer may have
   * been killed between its checkpoint and its next report, and a sampler that waits by the report
   * before writes nothing that would bring progress.
   */
  void start() {
    sentDone = 0;
    meters.drifts().begin(run.scoring().drift());
    measure();
  }

  /** Whether it is time for a report again, and there is something that no report has told. */
  boolean due() {
    return pace.due() && (lost || run.progress().done() != sentDone);
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
    sentDone = run.progress().done();
    measure();
    meters.drifts().count(run.scoring().drift());
    byte[] value = report.of(run, clock.millis(), batchOffset, last, checkpoint, done).toJson();
    // What sending takes is the broker's time: it does not make a report one that takes long.
    pace.end();
    newest =
        producer.send(
            // One key: a job's reports stay in order.
            new ProducerRecord<>(
                topics.metrics(), report.job().getBytes(StandardCharsets.UTF_8), value),
            (sent, e) -> ended(e));
  }

  /** Waits a few seconds for the newest report, if there is any; whether it is out. */
  boolean flush() {
    Future<RecordMetadata> sent = newest;
    try {
      if (sent != null) {
        sent.get(TIMEOUT.toMillis(), TimeUnit.MILLISECONDS);
      }
      return true;
    } catch (InterruptedException e) {
      throw new InterruptException(e);
    } catch (ExecutionException | java.util.concurrent.TimeoutException e) {
      LOG.debug("the newest report is not on '{}'", topics.metrics(), e);
      return false;
    }
  }

  /** One line for a log. */
  String line() {
    OptionalDouble gmean = run.evaluation().sinceStart().confusion().gmean();
    return "step %s, %s events, G-mean %s"
        .formatted(
            run.steps(),
            run.progress().events(),
            gmean.isPresent()
                ? String.format(Locale.ROOT, "%.3f", gmean.getAsDouble())
                : "not known yet");
  }

  @Override
  public void close() {
    producer.close(CLOSING);
  }

  /** Asks where the topic is, without waiting for the answer: the first report finds it there. */
  private void lookUpTopic() {
    try {
      producer.partitionsFor(topics.metrics());
    } catch (TimeoutException e) {
      LOG.debug("asked for the partitions of '{}'", topics.metrics(), e);
    }
  }

  private void measure() {
    meters.evaluated(run.evaluation().recent(), run.evaluation().sinceStart());
    meters.features(run.featureShares().shares());
    meters.candidates(run.candidateShares());
    meters.forest(run.forestPowers());
  }

  private void ended(@Nullable Exception e) {
    if (e == null && lost) {
      LOG.info("reports arrive on '{}' again", topics.metrics());
    } else if (e != null && !lost) {
      LOG.warn(
          "a report on '{}' was lost: {}; training goes on, and a report is tried again every"
              + " second",
          topics.metrics(),
          e.toString());
    }
    lost = e != null;
    if (!lost) {
      meters.reported();
    }
  }
}
