package dev.counterweight.payments;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.counterweight.config.JobConfig;
import dev.counterweight.counter.BrokerlessCounter;
import dev.counterweight.kafka.ReceivedRecord;
import dev.counterweight.protocol.LabelledHeaders;
import dev.counterweight.sampler.BrokerlessSampler;
import dev.counterweight.scoring.Scorer;
import dev.counterweight.trainer.BrokerlessTrainer;
import dev.counterweight.weights.Snapshot;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.stream.IntStream;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.header.internals.RecordHeaders;

/**
 * A job that learns labels as they come and answers by a checkpoint of each morning: counter,
 * sampler, trainer and scorer are the product's, and no broker stands between. Not thread-safe.
 */
final class DailyLearner {
  /** How old the labels are that a checkpoint has learnt, beside their own delay. */
  static final Duration LAG = Duration.ofDays(3);

  private static final long DAY_MS = Duration.ofDays(1).toMillis();
  private static final int CHUNK = 500;

  /** What is answered before there is a model. */
  private static final double UNKNOWN = 0.004;

  private static final ObjectMapper JSON = new ObjectMapper();

  private final JobConfig config;
  private final PaymentsPlan plan;
  private final List<Payment> payments;
  private final List<LateLabels.Label> labels;
  private final Path folder;

  /**
   * @param payments in order of time
   * @param folder for checkpoints and Kafka Streams' state
   */
  DailyLearner(
      JobConfig config,
      PaymentsPlan plan,
      List<Payment> payments,
      List<LateLabels.Label> labels,
      Path folder) {
    this.config = config;
    this.plan = plan;
    this.payments = payments;
    this.labels = labels;
    this.folder = folder;
  }

  /** The probability of fraud of each payment, by number. */
  double[] served() throws IOException {
    double[] served = new double[plan.payments()];
    Arrays.fill(served, UNKNOWN);
    List<Snapshot> snapshots = count();
    int scored = 0;
    try (BrokerlessSampler sampler = new BrokerlessSampler(config, snapshots.get(0));
        BrokerlessTrainer trainer = new BrokerlessTrainer(config)) {
      Learning learning = new Learning(snapshots, sampler, trainer);
      for (long morning = plan.startMs(); morning < plan.endMs(); morning += DAY_MS) {
        learning.learnUntil(morning - LAG.toMillis());
        int evening = scored;
        while (evening < payments.size() && payments.get(evening).timeMs() < morning + DAY_MS) {
          evening++;
        }
        if (learning.begun) {
          Path checkpoint = folder.resolve("checkpoint-" + morning);
          trainer.save(checkpoint);
          score(checkpoint, payments.subList(scored, evening), served);
        }
        scored = evening;
      }
    }
    return served;
  }

  private static void score(Path checkpoint, List<Payment> payments, double[] served) {
    try (Scorer scorer = Scorer.load(checkpoint)) {
      for (Payment payment : payments) {
        served[(int) payment.number()] =
            Objects.requireNonNull(
                scorer.score(json(payment)).probabilities().get("fraud"), "probability of fraud");
      }
    }
  }

  private List<Snapshot> count() {
    List<Snapshot> snapshots = new ArrayList<>();
    try (BrokerlessCounter counter = new BrokerlessCounter(config, labels.size(), folder)) {
      for (int at = 0; at < labels.size(); at += CHUNK) {
        snapshots.addAll(counter.count(records(at, Math.min(labels.size(), at + CHUNK))));
      }
    }
    return snapshots;
  }

  private List<ConsumerRecord<byte[], byte[]>> records(int from, int to) {
    return IntStream.range(from, to).mapToObj(this::labelled).toList();
  }

  /** As the joiner writes it. */
  private ConsumerRecord<byte[], byte[]> labelled(int offset) {
    LateLabels.Label label = labels.get(offset);
    RecordHeaders headers = new RecordHeaders();
    headers.add(LabelledHeaders.LABEL, (label.fraud() ? "fraud" : "ok").getBytes(UTF_8));
    headers.add(
        LabelledHeaders.EVENT_TIME, Long.toString(label.payment().timeMs()).getBytes(UTF_8));
    return ReceivedRecord.of(
        new TopicPartition(config.events().topic(), 0),
        offset,
        label.timeMs(),
        null,
        json(label.payment()),
        headers);
  }

  private static byte[] json(Payment payment) {
    try {
      return JSON.writeValueAsBytes(ShopJson.of(payment));
    } catch (JsonProcessingException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** How far labels are learnt. */
  private final class Learning {
    private final List<Snapshot> snapshots;
    private final BrokerlessSampler sampler;
    private final BrokerlessTrainer trainer;
    private int learnt;
    private int followed;
    private boolean begun;

    Learning(List<Snapshot> snapshots, BrokerlessSampler sampler, BrokerlessTrainer trainer) {
      this.snapshots = snapshots;
      this.sampler = sampler;
      this.trainer = trainer;
    }

    void learnUntil(long timeMs) {
      int until = learnt;
      while (until < labels.size() && labels.get(until).timeMs() < timeMs) {
        until++;
      }
      while (learnt < until) {
        int covered =
            Math.toIntExact(
                Objects.requireNonNull(
                    snapshots.get(followed).offsets().covered().get(0), "offset of partition 0"));
        if (learnt >= covered) {
          sampler.follow(snapshots.get(++followed));
          continue;
        }
        int to = Math.min(Math.min(until, covered), learnt + CHUNK);
        sampler
            .use(records(learnt, to))
            .forEach(
                batch -> {
                  trainer.train(batch);
                  begun = true;
                });
        learnt = to;
      }
    }
  }
}
