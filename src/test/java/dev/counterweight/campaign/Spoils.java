package dev.counterweight.campaign;

import dev.counterweight.batch.MiniBatch;
import dev.counterweight.campaign.Observed.Batch;
import dev.counterweight.campaign.Observed.Score;
import dev.counterweight.checkpoint.Announcement;
import dev.counterweight.protocol.NamedMetrics;
import dev.counterweight.protocol.ServedScore;
import dev.counterweight.protocol.TrainerReport;
import java.util.Arrays;
import java.util.Objects;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** Ways to spoil what was observed. */
final class Spoils {
  private Spoils() {}

  static void drawTwice(Spoilt s) {
    int fresh = s.row(9, true);
    s.draws(9, IntStream.concat(Arrays.stream(s.all(9)), IntStream.of(fresh)).toArray());
  }

  /** By one that has its event's class and was evaluated at most. */
  static void undrawn(Spoilt s, Truth truth) {
    s.draws(10, s.all(10)); // rows of their own
    MiniBatch.Draws rows = s.batches.get(10).record().draws();
    int replay = s.row(10, false);
    rows.sourceOffset()[replay] =
        truth
            .read(
                0,
                0,
                Objects.requireNonNull(s.batches.get(10).record().origin().spans().get(0)).to())
            .stream()
            .filter(event -> event.label() == rows.labels()[replay])
            .map(event -> event.place().offset())
            .filter(offset -> !drawn(s, offset))
            .findFirst()
            .orElseThrow();
  }

  private static boolean drawn(Spoilt s, long offset) {
    return s.batches.stream()
        .map(Batch::record)
        .anyMatch(b -> Arrays.stream(b.draws().sourceOffset()).anyMatch(o -> o == offset));
  }

  static void relabel(Spoilt s) {
    s.draws(11, s.all(11));
    long[] labels = s.batches.get(11).record().draws().labels();
    labels[0] = 1 - labels[0];
  }

  static void reweigh(Spoilt s) {
    int batch = 0;
    while (s.batches.get(batch).record().evaluation().rows() == 0) {
      batch++;
    }
    s.weigh(batch, 1.5f);
  }

  static void score(Spoilt s, @Nullable Place place, @Nullable String checkpoint) {
    ServedScore of = s.scores.get(20).score();
    ServedScore.Place at = Objects.requireNonNull(of.place());
    s.scores.set(
        20,
        new Score(
            0,
            new ServedScore(
                of.probabilities(),
                of.decision(),
                of.threshold(),
                of.step(),
                checkpoint == null ? of.checkpoint() : checkpoint,
                of.schema(),
                place == null ? at : new ServedScore.Place(place.partition(), place.offset()),
                of.reasons())));
  }

  static void move(Spoilt s) {
    s.scores.set(3, new Score(1, s.scores.get(3).score()));
  }

  static void otherHash(Spoilt s) {
    int last = s.announcements.size() - 1;
    Announcement of = s.announcements.get(last);
    s.announcements.set(
        last,
        new Announcement(
            new Announcement.Ref(of.checkpoint().name(), "0".repeat(64)),
            of.step(),
            of.batchOffset(),
            of.metrics(),
            of.folder(),
            of.earlier(),
            of.inline()));
  }

  static void otherMetrics(Spoilt s) {
    TrainerReport of = s.reports.get(0);
    s.reports.set(
        0,
        new TrainerReport(
            of.job(),
            of.timeMs(),
            of.leadingSinceMs(),
            of.position(),
            of.decision(),
            NamedMetrics.NONE,
            of.window(),
            of.fading(),
            of.drifts(),
            of.features(),
            of.candidates(),
            of.forest(),
            of.draws(),
            of.steps(),
            of.checkpoint(),
            of.done()));
  }
}
