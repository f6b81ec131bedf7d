package dev.counterweight.counter;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.counterweight.config.JobConfig;
import dev.counterweight.config.JobConfigLoader;
import dev.counterweight.event.Schema;
import dev.counterweight.protocol.FailureException;
import dev.counterweight.protocol.InvariantException;
import dev.counterweight.protocol.StreamIdentity;
import dev.counterweight.weights.ClassCounts;
import dev.counterweight.weights.Snapshot;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Clock;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class JobCountsTest {
  private static final List<String> CLASSES = List.of("ok", "fraud");

  private final JobCounts counts = counts("ok,fraud");

  private static JobCounts counts(String classes) {
    JobConfig config =
        JobConfigLoader.load(
            Map.of(
                "job", "job",
                "bootstrap.servers", "unused:1",
                "events.topic", "events",
                "events.label", "label",
                "events.classes", classes,
                "events.features", "a",
                "checkpoint.dir", "unused"));
    List<String> names = config.events().schema().classes();
    return new JobCounts(
        config, new CounterMeters(new SimpleMeterRegistry(), "job", names, Clock.systemUTC()));
  }

  @Test
  void nothingIsCountedBeforeTheFirstSnapshot() {
    counts.begin();

    assertThat(counts.newest()).isEmpty();
    assertThat(counts.counted()).isZero();
    assertThat(counts.byClass()).isEqualTo(Map.of("ok", 0L, "fraud", 0L));
    assertThat(counts.addedUnderWay(0)).isFalse();
  }

  @Test
  void whatWasCountedBeforeIsNotCountedSince() {
    counts.take(snapshot(7, CLASSES, 90, 10));
    counts.begin();
    counts.take(snapshot(7, CLASSES, 90, 10));
    assertThat(counts.counted()).isZero();

    counts.take(snapshot(9, CLASSES, 95, 12));

    assertThat(counts.counted()).isEqualTo(7);
    assertThat(counts.byClass()).isEqualTo(Map.of("ok", 95L, "fraud", 12L));
    assertThat(counts.addedUnderWay(0)).isFalse();
    assertThat(counts.addedUnderWay(1)).as("no snapshot covers it").isTrue();
  }

  @Test
  void aSnapshotThatTakesBackWhatWasCountedIsRefused() {
    counts.take(snapshot(7, CLASSES, 90, 10));

    assertThatThrownBy(() -> counts.take(snapshot(6, CLASSES, 90, 10)))
        .isInstanceOf(InvariantException.class)
        .hasMessageContaining("snapshot version 6: versions rise: expected above 7, found 6");
    assertThatThrownBy(() -> counts.take(snapshot(8, CLASSES, 89, 10)))
        .isInstanceOf(InvariantException.class)
        .hasMessageContaining("class 'ok' never fall: expected at least 90, found 89");
    assertThatThrownBy(() -> counts.take(snapshot(8, CLASSES, 9_000, 10)))
        .isInstanceOf(InvariantException.class)
        .hasMessageContaining("no more events are counted than offsets covered");
    assertThat(counts.newest()).get().extracting(Snapshot::version).isEqualTo(7L);
  }

  @Test
  void aSnapshotOfOtherClassesIsRefused() {
    assertThatThrownBy(() -> counts.take(snapshot(1, List.of("fraud", "ok"), 1, 1)))
        .isInstanceOf(FailureException.class)
        .hasMessageContaining("version 1 in topic 'job.class-weights'");
  }

  @Test
  void aCounterWithAClassMoreGoesOnAndOneThatHasTheListBeforeDoesNot() {
    JobCounts grown = counts("ok,fraud,late");
    grown.take(snapshot(7, CLASSES, 90, 10));
    grown.begin();
    assertThat(grown.byClass()).isEqualTo(Map.of("ok", 90L, "fraud", 10L, "late", 0L));

    Snapshot next =
        snapshot(8, CLASSES, 91, 10)
            .readUnder(Schema.ofNumbers(List.of("a"), "label", List.of("ok", "fraud", "late")));
    grown.take(next);

    assertThat(grown.counted()).isEqualTo(1);
    counts.take(snapshot(7, CLASSES, 90, 10));
    assertThatThrownBy(() -> counts.take(next))
        .isInstanceOf(FailureException.class)
        .hasMessageContaining("ok,fraud,late")
        .hasMessageContaining("classes were added at the end of events.classes")
        .hasMessageContaining("nothing is written");
    assertThat(counts.newest()).get().extracting(Snapshot::version).isEqualTo(7L);
  }

  private static Snapshot snapshot(long version, List<String> classes, long ok, long fraud) {
    double[] n = {ok, fraud};
    return new Snapshot(
        "job",
        version,
        0,
        classes,
        new ClassCounts(new long[] {ok, fraud}, n, n),
        new double[] {0.5, 0.5},
        new double[] {1, 1},
        new Snapshot.Formula("balanced", Map.of()),
        new Snapshot.Offsets(
            new TreeMap<>(Map.of(0, 1_000L)), new TreeMap<>(Map.of(0, 0L)), new TreeMap<>()),
        new StreamIdentity("cluster", "topic"),
        null);
  }
}
