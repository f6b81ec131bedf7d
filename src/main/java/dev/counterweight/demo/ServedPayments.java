package dev.counterweight.demo;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.counterweight.kafka.KafkaClients;
import dev.counterweight.letters.LetterHeaders;
import dev.counterweight.protocol.FailureException;
import dev.counterweight.protocol.InvariantException;
import dev.counterweight.protocol.JobTopics;
import dev.counterweight.protocol.LabelledHeaders;
import dev.counterweight.protocol.ServedScore;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.apache.kafka.clients.consumer.CloseOptions;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.Headers;
import org.jspecify.annotations.Nullable;

/**
 * What a job answered: of each payment its first score, by committed records, and what it could not
 * read; of the job that joins, the labels that it wrote as well. It holds 8 bytes a payment. Owned
 * by the demo's thread.
 */
final class ServedPayments implements AutoCloseable {
  private static final Duration CLOSING = Duration.ofSeconds(1);
  private static final Duration NOW = Duration.ZERO;
  private static final Duration LOOK = Duration.ofMillis(100);
  private static final Duration PATIENCE = Duration.ofSeconds(30);

  private final JobTopics topics;
  private final int most;
  private final Consumer<byte[], byte[]> consumer;
  private final SortedMap<String, Long> letters = new TreeMap<>();
  private final SortedMap<String, Long> labelled = new TreeMap<>();
  private final SortedMap<String, Long> corrected = new TreeMap<>();
  private final SortedMap<String, Double> moved = new TreeMap<>();
  private double[] scores = new double[0];
  private long scored;
  private long again;
  private long unscored;

  /**
   * Reads from the beginning of topics that are there.
   *
   * @param partitions of the topics of scores and of labelled payments
   * @param joins whether this job writes labelled payments
   * @param most payments and other records that there may be
   */
  ServedPayments(KafkaClients clients, JobTopics topics, int partitions, boolean joins, int most) {
    this.topics = topics;
    this.most = most;
    this.consumer = clients.consumer(topics.job() + ".served", Map.of());
    List<TopicPartition> read = new ArrayList<>();
    read.add(new TopicPartition(topics.deadLetters(), 0));
    for (int partition = 0; partition < partitions; partition++) {
      read.add(new TopicPartition(topics.scores(), partition));
      if (joins) {
        read.add(new TopicPartition(topics.labelled(), partition));
      }
    }
    consumer.assign(read);
    consumer.seekToBeginning(read);
  }

  /** Takes in what has come since it was last asked. */
  void follow() {
    for (var polled = consumer.poll(NOW); !polled.isEmpty(); polled = consumer.poll(NOW)) {
      polled.forEach(this::take);
    }
  }

  /** Takes in all that there is now. */
  void followToEnd() {
    long deadlineNs = System.nanoTime() + PATIENCE.toNanos();
    Map<TopicPartition, Long> ends = consumer.endOffsets(consumer.assignment(), PATIENCE);
    while (ends.entrySet().stream()
        .anyMatch(end -> consumer.position(end.getKey(), PATIENCE) < end.getValue())) {
      if (System.nanoTime() > deadlineNs) {
        throw new FailureException(
            "the topics of job '%s' give nothing more before their ends, for %d s"
                .formatted(topics.job(), PATIENCE.toSeconds()));
      }
      consumer.poll(LOOK).forEach(this::take);
    }
  }

  /** Payments that have a score. */
  long scored() {
    return scored;
  }

  /** Scores of payments that had one. */
  long again() {
    return again;
  }

  /** The probability of fraud that a payment was answered with; NaN if it was not. */
  double score(int number) {
    return number < scores.length ? scores[number] : Double.NaN;
  }

  /**
   * How far each feature moved the score (log odds of fraud) from that of its mean, up or down; in
   * the sum over all answers.
   */
  Map<String, Double> moved() {
    return moved;
  }

  /** Records that were no events, by reason. */
  Map<String, Long> letters() {
    return letters;
  }

  /** Records that could not be scored. */
  long unscored() {
    return unscored;
  }

  /** Labelled payments by class, corrections left out. */
  Map<String, Long> labelled() {
    return labelled;
  }

  /** Payments that were labelled again, by their new class. */
  Map<String, Long> corrected() {
    return corrected;
  }

  @Override
  public void close() {
    consumer.close(CloseOptions.timeout(CLOSING));
  }

  private void take(ConsumerRecord<byte[], byte[]> found) {
    Headers headers = found.headers();
    if (found.topic().equals(topics.scores())) {
      score(found);
    } else if (found.topic().equals(topics.deadLetters())) {
      if (text(headers, LetterHeaders.UNSCORED) != null) {
        unscored++;
      } else {
        letters.merge(String.valueOf(text(headers, LetterHeaders.REASON)), 1L, Long::sum);
      }
    } else {
      boolean correction = text(headers, LabelledHeaders.REPLACES) != null;
      (correction ? corrected : labelled)
          .merge(String.valueOf(text(headers, LabelledHeaders.LABEL)), 1L, Long::sum);
    }
  }

  private void score(ConsumerRecord<byte[], byte[]> found) {
    long number = PaymentRecords.number(found.key());
    if (number < 0 || number >= most) {
      throw new InvariantException(
          "a score of topic '%s', offset %d, is of a payment"
              .formatted(found.topic(), found.offset()),
          "a key from p000000000 on, below " + most,
          number);
    }
    if (number >= scores.length) {
      int before = scores.length;
      scores = Arrays.copyOf(scores, (int) Math.min(most, Math.max(1 << 10, 2 * number)));
      Arrays.fill(scores, before, scores.length, Double.NaN);
    }
    if (!Double.isNaN(scores[(int) number])) {
      again++;
      return;
    }
    scores[(int) number] = probability(found);
    scored++;
  }

  private double probability(ConsumerRecord<byte[], byte[]> found) {
    try {
      ServedScore score = ServedScore.parse(found.value());
      Double fraud = score.probabilities().get(PaymentsJobs.FRAUD);
      if (fraud == null) {
        throw new IllegalArgumentException("it has no probability of " + PaymentsJobs.FRAUD);
      }
      score
          .reasons()
          .forEach(
              reason ->
                  moved.merge(reason.feature(), Math.abs(reason.contribution()), Double::sum));
      return fraud;
    } catch (IllegalArgumentException e) {
      throw new FailureException(
          "topic '%s', offset %d: %s".formatted(found.topic(), found.offset(), e.getMessage()), e);
    }
  }

  private static @Nullable String text(Headers headers, String name) {
    Header header = headers.lastHeader(name);
    return header == null ? null : new String(header.value(), UTF_8);
  }
}
