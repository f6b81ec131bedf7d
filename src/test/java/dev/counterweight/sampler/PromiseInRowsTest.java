package dev.counterweight.sampler;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.counterweight.batch.MiniBatch;
import java.math.BigDecimal;
import java.util.List;
import java.util.Map;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;

/**
 * The central promise in what is written: where every class is used a whole number of times, the
 * rows of the batch records pay each class what the objective owes its events, and no row more.
 */
class PromiseInRowsTest {
  /** Of class 0: by then what the events before brought is paid. */
  private static final int EVENTS_AFTER = 8_000;

  @Property(tries = 40)
  void rowsPayEachClassWhatItsEventsAreOwed(
      @ForAll @Size(3) List<@IntRange(min = 1, max = 2_000) Integer> counted,
      @ForAll @Size(3) List<@IntRange(min = 1, max = 6) Integer> sampling,
      @ForAll @Size(3) List<@IntRange(min = 0, max = 40) Integer> events,
      @ForAll @IntRange(min = 1, max = 4) int uses) {
    double[] n = counted.stream().mapToDouble(Integer::doubleValue).toArray();
    double total = n[0] + n[1] + n[2];
    double draws = 0;
    double owed = 0;
    double[] weights = Snapshots.balanced(n);
    for (int c = 0; c < 3; c++) {
      draws += n[c] / total * sampling.get(c) * uses;
      owed += n[c] / total * weights[c];
    }
    Map<String, String> settings =
        Map.of(
            "sampler.preset",
            "weighted-random",
            "sampler.weights",
            "fixed(%d,%d,%d)".formatted(sampling.toArray()),
            "sampler.draws.per.event",
            new BigDecimal(draws).toPlainString());
    try (SamplerRig rig = new SamplerRig(1, settings, n)) {
      for (int c = 0; c < 3; c++) {
        rig.feed(0, events.get(c), SamplerHarness.bytes(1, 1, c));
      }
      int after = 0;
      for (; after < EVENTS_AFTER; after += 1_000) {
        rig.feed(0, 1_000, SamplerHarness.bytes(1, 1, 0));
        assertThat(rig.gate.useEvents(5_000)).isTrue();
      }
      rig.commit();

      double[] paid = new double[3];
      int[] rows = new int[3];
      int[] fresh = new int[3];
      for (MiniBatch batch : rig.committed()) {
        for (int row = 0; row < batch.draws().rows(); row++) {
          int label = (int) batch.draws().labels()[row];
          paid[label] += batch.draws().lossWeight()[row];
          rows[label]++;
          fresh[label] += batch.draws().fresh()[row];
        }
      }
      for (int c = 0; c < 3; c++) {
        int came = events.get(c) + (c == 0 ? after : 0);
        int most = came * sampling.get(c) * uses;
        // Some replays of the newest events wait: of class 0 many, of the others a rounding's one.
        assertThat(fresh[c]).isEqualTo(came);
        assertThat(rows[c]).isBetween(c == 0 ? came : Math.max(came, most - 1), most);
        double due = came * weights[c] * draws / owed * rows[c] / Math.max(1, most);
        assertThat(paid[c]).isCloseTo(due, within(1e-6 * due));
      }
    }
  }

  @Test
  void theCapOnTheObjectivesWeightsDoesNotCapHowOftenAClassIsDrawn() {
    Map<String, String> settings =
        Map.of("weights.max.ratio", "10", "sampler.draws.per.event", "1");
    try (SamplerRig rig = new SamplerRig(1, settings, 900, 90, 10)) {
      rig.feed(0, 100, SamplerHarness.bytes(1, 1, 0));
      rig.gate.useEvents(5_000);
      rig.commit();

      float[] uses = rig.committed().get(0).uses();
      assertThat(uses[1] / uses[0]).isCloseTo(10, within(1e-4f));
      assertThat(uses[2] / uses[0]).isCloseTo(90, within(1e-3f));
    }
  }
}
