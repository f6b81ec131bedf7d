package dev.counterweight.trainer;

import static org.assertj.core.api.Assertions.assertThat;

import dev.counterweight.event.FeatureSchema;
import dev.counterweight.protocol.ByClass;
import dev.counterweight.protocol.TrainerReport.FeatureShare;
import dev.counterweight.runtime.JobMeters;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class FeatureMetersTest {
  private final SimpleMeterRegistry registry = new SimpleMeterRegistry();

  @Test
  void sharesAreToldOfTheFeaturesThatHaveThem() {
    FeatureMeters meters =
        new FeatureMeters(
            new JobMeters(registry, "job"),
            FeatureSchema.of(
                List.of("a", "b", "c"),
                List.of("number(missing=mean)", "number", "category(buckets=8,width=2,seed=1)")));
    assertThat(gauge("missing", "fading", "a")).as("not known").isNaN();

    meters.known(Map.of("a", share(0.5, 0.25), "c", share(0.125, 0.0625)));

    assertThat(gauge("missing", "fading", "a")).isEqualTo(0.5);
    assertThat(gauge("missing", "total", "a")).isEqualTo(0.25);
    assertThat(gauge("unseen", "fading", "c")).isEqualTo(0.125);
    assertThat(gauge("unseen", "total", "c")).isEqualTo(0.0625);
    assertThat(registry.find("counterweight.feature.missing.ratio").gauges()).hasSize(2);
    assertThat(registry.find("counterweight.feature.unseen.ratio").gauges()).hasSize(2);
    meters.known(Map.of());
    assertThat(gauge("missing", "fading", "a")).as("another has the lead").isNaN();
  }

  @Test
  void seriesOfVeryManyFeaturesAreBounded() {
    List<String> names = IntStream.range(0, 300).mapToObj(f -> "f" + f).toList();
    FeatureMeters meters =
        new FeatureMeters(
            new JobMeters(registry, "job"),
            FeatureSchema.of(names, Collections.nCopies(300, "number(missing=mean)")));

    meters.known(ByClass.of(names, f -> share(f == 222 ? 1 : 0, 0)));

    assertThat(registry.find("counterweight.feature.missing.ratio").gauges())
        .hasSize(2 * (JobMeters.MAX_CLASSES + 1));
    assertThat(gauge("missing", "fading", "other")).as("the largest of the rest").isEqualTo(1);
  }

  private double gauge(String what, String scope, String feature) {
    return registry
        .get("counterweight.feature." + what + ".ratio")
        .tags("scope", scope, "feature", feature)
        .gauge()
        .value();
  }

  private static FeatureShare share(double lately, double sinceStart) {
    return new FeatureShare(lately, sinceStart, lately, sinceStart);
  }
}
