package dev.counterweight.judge;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.counterweight.kafka.KafkaClients;
import dev.counterweight.kafka.WholeTopic;
import dev.counterweight.protocol.JobTopics;
import dev.counterweight.protocol.LabelledHeaders;
import dev.counterweight.protocol.ServedScore;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.header.Header;

/**
 * Label-true figures made anew of all that stands in {@code <job>.scores} and {@code
 * <job>.labelled}, by what is written of them alone: of each event the first score and the first
 * label count, if the score was written before the label.
 */
public final class JudgeRecount {
  private static final int BINS = 15;
  private static final double LEAST = Math.pow(2, -52);

  private final Map<String, ConsumerRecord<byte[], byte[]>> scores = new LinkedHashMap<>();
  private final Map<String, ConsumerRecord<byte[], byte[]>> labels = new LinkedHashMap<>();
  private final Map<String, long[]> ofClass = new HashMap<>();
  private final double[] weight = new double[BINS];
  private final double[] confidence = new double[BINS];
  private final double[] right = new double[BINS];
  private double loss;
  private long repeated;
  private long corrected;
  private long judged;
  private long labelFirst;

  public JudgeRecount(KafkaClients clients, String job) {
    JobTopics names = new JobTopics(job, "unused");
    WholeTopic.forEach(clients, names.scores(), this::score);
    WholeTopic.forEach(clients, names.labelled(), this::label);
    labels.forEach(this::judge);
  }

  private void score(ConsumerRecord<byte[], byte[]> record) {
    ServedScore.Place place = Objects.requireNonNull(ServedScore.parse(record.value()).place());
    if (scores.putIfAbsent(place.partition() + "@" + place.offset(), record) != null) {
      repeated++;
    }
  }

  private void label(ConsumerRecord<byte[], byte[]> record) {
    if (record.headers().lastHeader(LabelledHeaders.REPLACES) != null) {
      corrected++;
    } else {
      String event =
          header(record, LabelledHeaders.ORIGIN_PARTITION)
              + "@"
              + header(record, LabelledHeaders.ORIGIN_OFFSET);
      assertThat(labels.put(event, record)).as("label of %s", event).isNull();
    }
  }

  private void judge(String event, ConsumerRecord<byte[], byte[]> label) {
    ConsumerRecord<byte[], byte[]> record = scores.get(event);
    if (record == null) {
      return;
    }
    if (record.timestamp() >= label.timestamp()) {
      labelFirst++;
      return;
    }
    judged++;
    ServedScore score = ServedScore.parse(record.value());
    String name = header(label, LabelledHeaders.LABEL);
    long[] counts = ofClass.computeIfAbsent(name, n -> new long[2]);
    counts[0]++;
    counts[1] += score.decision().equals(name) ? 1 : 0;
    loss -= Math.log(Math.max(LEAST, score.probabilities().getOrDefault(name, 0.0)));
    Map.Entry<String, Double> top =
        score.probabilities().entrySet().stream()
            .reduce((a, b) -> b.getValue() > a.getValue() ? b : a)
            .orElseThrow();
    int bin = Math.max(0, (int) Math.ceil(top.getValue() * BINS) - 1);
    weight[bin]++;
    confidence[bin] += top.getValue();
    right[bin] += top.getKey().equals(name) ? 1 : 0;
  }

  private static String header(ConsumerRecord<byte[], byte[]> record, String name) {
    Header header = record.headers().lastHeader(name);
    return new String(header.value(), UTF_8);
  }

  /** Events judged. */
  public long judged() {
    return judged;
  }

  /** Requires a judge's summary to say the same. */
  public void assertIs(Map<String, Object> summary) {
    Map<?, ?> served = (Map<?, ?>) Objects.requireNonNull(summary.get("served"));
    assertThat(served.get("judged")).as("judged").isEqualTo(judged);
    assertThat(served.get("label_first")).as("label first").isEqualTo(labelFirst);
    assertThat(served.get("repeated")).as("repeated").isEqualTo(repeated);
    assertThat(served.get("corrected")).as("corrected").isEqualTo(corrected);
    assertThat(served.get("expired")).as("expired").isEqualTo(0L);
    assertThat(served.get("waiting")).isEqualTo(scores.size() - judged - labelFirst);
    Map<?, ?> recall = (Map<?, ?>) Objects.requireNonNull(served.get("recall"));
    assertThat(recall.keySet()).isEqualTo(ofClass.keySet());
    ofClass.forEach(
        (name, counts) -> assertThat(recall.get(name)).isEqualTo((double) counts[1] / counts[0]));
    assertThat((Double) served.get("log_loss")).isCloseTo(loss / judged, within(1e-9));
    assertThat((Double) served.get("ece")).isCloseTo(ece(), within(1e-9));
  }

  private double ece() {
    double gap = 0;
    for (int bin = 0; bin < BINS; bin++) {
      gap += Math.abs(confidence[bin] - right[bin]);
    }
    return gap / judged;
  }
}
