package dev.counterweight.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.counterweight.runtime.MetricDeclaration.Rest;
import dev.counterweight.runtime.MetricDeclaration.Unit;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.util.List;
import java.util.function.IntFunction;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class JobMetersTest {
  private final SimpleMeterRegistry registry = new SimpleMeterRegistry();
  private final JobMeters meters = new JobMeters(registry, "fraud");
  private final List<String> many = IntStream.range(0, 10_000).mapToObj(c -> "c" + c).toList();

  @Test
  void ofTenThousandClassesAHundredHaveSeriesAndTheRestShareOne() {
    meters.gauges(declared(Rest.SUM), many, c -> 1);

    assertThat(registry.getMeters()).hasSize(JobMeters.MAX_CLASSES + 1);
    assertThat(gauge("c99")).isEqualTo(1);
    assertThat(gauge("other")).isEqualTo(9_900);
  }

  @Test
  void theRestIsAMeanOrTheLargestWhereASumMeansNothing() {
    meters.gauges(declared(Rest.MEAN), many, c -> c < 9_998 ? Double.NaN : c);
    assertThat(gauge("other")).isEqualTo(9_998.5);

    registry.clear();
    meters.gauges(declared(Rest.MAX), many, c -> c);
    assertThat(gauge("other")).isEqualTo(9_999);
  }

  @Test
  void countersOfTenThousandClassesShareOneBeyondAHundredAndBeginAtNothing() {
    MetricDeclaration declaration =
        MetricDeclaration.counter("counterweight.class.things", Unit.COUNT, "Things.", "class");
    IntFunction<Counter> counters = meters.counters(() -> declaration, many);
    assertThat(registry.getMeters()).hasSize(JobMeters.MAX_CLASSES + 1);
    assertThat(registry.get("counterweight.class.things").tag("class", "c99").counter().count())
        .isZero();

    for (int c = 0; c < many.size(); c++) {
      counters.apply(c).increment();
    }

    assertThat(registry.get("counterweight.class.things").tag("class", "c99").counter().count())
        .isEqualTo(1);
    assertThat(registry.get("counterweight.class.things").tag("class", "other").counter().count())
        .isEqualTo(9_900);
  }

  @Test
  void aMeterWithOtherTagsThanDeclaredIsRefused() {
    assertThatThrownBy(() -> meters.gauge(declared(Rest.SUM), () -> 1))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("counterweight.class.things has the tags [class], but got 0 values");
    assertThatThrownBy(() -> meters.counter(declared(Rest.SUM), "c1"))
        .isInstanceOf(IllegalArgumentException.class);
  }

  private double gauge(String label) {
    return registry.get("counterweight.class.things").tag("class", label).gauge().value();
  }

  private static Metric declared(Rest rest) {
    MetricDeclaration declaration =
        MetricDeclaration.gauge("counterweight.class.things", Unit.COUNT, "Things.", "class")
            .withRest(rest);
    return () -> declaration;
  }
}
