package dev.counterweight.joiner;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.counterweight.joiner.JoinerMeters.Held;
import dev.counterweight.joining.Side;
import dev.counterweight.runtime.Metric;
import dev.counterweight.runtime.MetricDeclaration;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Instant;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class JoinerMetersTest {
  private static final long DAY_MS = 86_400_000;

  private final SimpleMeterRegistry registry = new SimpleMeterRegistry();
  private final AtomicLong nowMs = new AtomicLong(10 * DAY_MS);
  private final JoinerMeters meters =
      new JoinerMeters(registry, "fraud", DAY_MS, () -> Instant.ofEpochMilli(nowMs.get()));

  @Test
  void everyMetricIsThereBeforeTheFirstEvent() {
    for (Metric metric : JoinerMetric.values()) {
      MetricDeclaration declared = metric.declaration();
      assertThat(registry.find(declared.name()).tag(MetricDeclaration.JOB, "fraud").meters())
          .as(declared.name())
          .hasSize(declared.tags().isEmpty() ? 1 : Side.values().length);
    }
    assertThat(registry.find("counterweight.lag.records").tag("role", "joiner").gauge())
        .isNotNull();
  }

  @Test
  void whatWaitsIsTheSumOfTheTasksThatThisProcessHas() {
    assertThat(gauge(JoinerMetric.WAITING)).isZero();
    meters.holds("0_0", new Held(3, 1, nowMs.get() - 5_000));
    meters.holds("0_1", new Held(4, 2, nowMs.get() - 9_000));
    meters.holds("0_1", new Held(5, 2, nowMs.get() - 8_000));

    assertThat(gauge(JoinerMetric.WAITING)).isEqualTo(8);
    assertThat(gauge(JoinerMetric.KEPT)).isEqualTo(3);
    assertThat(gauge(JoinerMetric.OLDEST)).isEqualTo(8);

    meters.closed("0_1");
    assertThat(gauge(JoinerMetric.WAITING)).isEqualTo(3);
    assertThat(gauge(JoinerMetric.OLDEST)).isEqualTo(5);
    meters.holds("0_0", new Held(0, 0, Long.MAX_VALUE));
    assertThat(gauge(JoinerMetric.OLDEST)).isZero();
  }

  @Test
  void theShareLabelledByThenIsReadOffTheHistogram() {
    meters.matched(30_000);
    meters.matched(7_200_000);
    meters.matched(2 * DAY_MS);

    var counts =
        registry.get("counterweight.labels.maturity").timer().takeSnapshot().histogramCounts();
    assertThat(counts).hasSize(7);
    assertThat(counts[0].bucket(TimeUnit.SECONDS)).isEqualTo(60);
    assertThat(counts)
        .extracting(c -> c.count())
        .containsExactly(1.0, 1.0, 1.0, 2.0, 2.0, 3.0, 3.0);
    assertThat(registry.get("counterweight.labels.matched").counter().count()).isEqualTo(3);
  }

  @Test
  void aLabelIsSeenWhenOneIsReadAndNotWhenEventsAre() {
    nowMs.addAndGet(60_000);
    meters.read(Side.EVENTS, 10);
    meters.read(Side.LABELS, 0);
    assertThat(gauge(JoinerMetric.SEEN)).isEqualTo(60);

    meters.read(Side.LABELS, 2);
    assertThat(gauge(JoinerMetric.SEEN)).isZero();
    assertThat(registry.get("counterweight.joiner.read").tag("side", "labels").counter().count())
        .isEqualTo(2);
  }

  @Test
  void theLagIsNotKnownBeforeBothSidesAre() {
    assertThat(registry.get("counterweight.lag.records").gauge().value()).isNaN();
    meters.lag(Side.EVENTS, 5);
    meters.lag(Side.LABELS, 7);
    assertThat(registry.get("counterweight.lag.records").gauge().value()).isEqualTo(12);
  }

  @Test
  void thePageTellsWhatIsKnown() {
    assertThat(meters.page()).isEmpty();
    meters.holds("0_0", new Held(1_204, 0, nowMs.get() - 5_000));
    assertThat(meters.page().orElseThrow())
        .startsWith("{\"waiting\":1204,\"oldest_seconds\":5.0,\"wait_seconds\":86400.0,");

    meters.matched(10_800_000);
    meters.unlabelled();
    meters.dropped();
    meters.matched(10_800_000);
    meters.count(JoinerMetric.LATE);
    meters.lag(Side.LABELS, 7);
    assertThat(meters.page())
        .hasValue(
            "{\"median_seconds\":10800.0,\"never_share\":0.5,\"waiting\":1204,"
                + "\"oldest_seconds\":5.0,\"wait_seconds\":86400.0,\"matched\":2,"
                + "\"unlabelled\":1,\"dropped\":1,\"corrected\":0,\"late\":1,"
                + "\"unmatched\":0,\"read_events\":0,\"read_labels\":0,\"label_seconds\":0.0,"
                + "\"lag_labels\":7}");
  }

  @Test
  void whatHasTagsIsNotCountedWithoutThem() {
    meters.count(JoinerMetric.LATE);
    assertThat(registry.get("counterweight.labels.late").counter().count()).isEqualTo(1);
    assertThatThrownBy(() -> meters.count(JoinerMetric.READ)).hasMessageContaining("READ");
  }

  private double gauge(JoinerMetric metric) {
    return registry.get(metric.declaration().name()).gauge().value();
  }
}
