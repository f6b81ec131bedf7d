package dev.counterweight.campaign;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import dev.counterweight.batch.MiniBatch;
import dev.counterweight.campaign.Observed.Batch;
import dev.counterweight.campaign.Observed.Exit;
import dev.counterweight.campaign.Observed.Letter;
import dev.counterweight.campaign.Observed.Score;
import dev.counterweight.checkpoint.Announcement;
import dev.counterweight.protocol.NamedMetrics;
import dev.counterweight.protocol.ServedScore;
import dev.counterweight.protocol.TrainerReport;
import dev.counterweight.weights.Snapshot;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** A job in which everything holds, and what is said once one thing of it is spoilt. */
@SuppressWarnings("NullAway.Init") // set before all
class InvariantsTest {
  @TempDir static Path folder;
  private static SmallJob job;
  private static Observed whole;

  @BeforeAll
  static void run() throws Exception {
    job = new SmallJob(folder);
    whole = job.run();
  }

  @Test
  void nothingIsFoundWhereEverythingHolds() {
    assertThat(whole.batches()).hasSizeGreaterThan(20);
    assertThat(whole.snapshots()).hasSizeGreaterThan(3);
    assertThat(whole.announcements()).hasSizeGreaterThan(1);
    assertThat(whole.letters()).hasSizeGreaterThan(10);
    assertThat(Invariants.check(job.history, whole)).isEmpty();
  }

  static Stream<Arguments> spoils() {
    return Stream.of(
        spoil("an event lost by the broker", Rule.COUNTS_EXACT, s -> s.events.remove(place(7))),
        spoil("an event of nobody", Rule.COUNTS_EXACT, s -> s.events.add(place(100_000))),
        spoil("no last snapshot", Rule.COUNTS_EXACT, s -> s.snapshots.remove(last(s.snapshots))),
        spoil("no snapshot at all", Rule.COUNTS_EXACT, s -> s.snapshots.clear()),
        spoil("a version twice", Rule.VERSIONS_RISE, s -> s.snapshots.add(2, s.snapshots.get(1))),
        spoil("a version left out", Rule.VERSIONS_RISE, s -> s.snapshots.remove(1)),
        spoil("covered falls", Rule.COVERED_NOT_BEYOND, s -> s.covered(2, covered(s, 1) - 1)),
        spoil(
            "covered beyond what is counted",
            Rule.COVERED_NOT_BEYOND,
            s -> s.covered(1, covered(s, 1) + 3)),
        spoil(
            "covered beyond the end",
            Rule.COVERED_NOT_BEYOND,
            s -> s.covered(last(s.snapshots), 1_000_000)),
        spoil("a batch record left out", Rule.SPANS_CONTIGUOUS, s -> s.batches.remove(3)),
        spoil("a batch record twice", Rule.SPANS_CONTIGUOUS, s -> s.batches.add(s.batches.get(5))),
        spoil(
            "no last batch record", Rule.SPANS_CONTIGUOUS, s -> s.batches.remove(last(s.batches))),
        spoil(
            "a gap between spans", Rule.SPANS_CONTIGUOUS, s -> s.span(4, from(s, 4) + 1, to(s, 4))),
        spoil("a fresh draw left out", Rule.SAMPLED_PER_CONTRACT, s -> s.draws(6, without(s, 6))),
        spoil("a fresh draw twice", Rule.SAMPLED_PER_CONTRACT, InvariantsTest::drawTwice),
        spoil("a replay of an undrawn event", Rule.SAMPLED_PER_CONTRACT, InvariantsTest::undrawn),
        spoil("a row of another class", Rule.SAMPLED_PER_CONTRACT, InvariantsTest::relabel),
        spoil("a score left out", Rule.SCORED_ONCE, s -> s.scores.remove(17)),
        spoil("a score twice", Rule.SCORED_ONCE, s -> s.scores.add(s.scores.get(17))),
        spoil("a score of nothing", Rule.SCORED_ONCE, s -> score(s, place(100_000), null)),
        spoil("a score by nobody", Rule.SCORED_ONCE, s -> score(s, null, "0".repeat(64))),
        spoil("another partition's score", Rule.SCORED_ONCE, InvariantsTest::move),
        spoil(
            "a refused event unanswered",
            Rule.SCORED_ONCE,
            s -> s.letters.removeIf(Letter::unscored)),
        spoil("a dead letter left out", Rule.REFUSED_ONCE, s -> s.letters.remove(0)),
        spoil("a dead letter twice", Rule.REFUSED_ONCE, s -> s.letters.add(s.letters.get(0))),
        spoil(
            "a dead letter of a good event",
            Rule.REFUSED_ONCE,
            s -> s.letters.add(new Letter("events", place(0), false, "malformed", 0))),
        spoil("another hash", Rule.CHECKPOINTS_CHAIN, InvariantsTest::otherHash),
        spoil("a checkpoint left out", Rule.CHECKPOINTS_CHAIN, s -> s.announcements.remove(1)),
        spoil(
            "no last checkpoint",
            Rule.CHECKPOINTS_CHAIN,
            s -> s.announcements.remove(last(s.announcements))),
        spoil(
            "a checkpoint twice",
            Rule.CHECKPOINTS_CHAIN,
            s -> s.announcements.add(s.announcements.get(last(s.announcements)))),
        spoil("another order of rows", Rule.MODEL_REPLAYS, s -> s.draws(8, backwards(s, 8))),
        spoil("other metrics", Rule.METRICS_RECOMPUTED, InvariantsTest::otherMetrics),
        spoil(
            "killed by nobody",
            Rule.ENDED_WELL,
            s -> s.exits.add(new Exit("sampler", 137, false, "error: "))),
        spoil(
            "an end without a word",
            Rule.ENDED_WELL,
            s -> s.exits.add(new Exit("sampler", 1, false, "INFO bye"))));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("spoils")
  void whatIsSpoiltIsFoundByItsRule(String what, Rule rule, Consumer<Spoilt> how) {
    Spoilt spoilt = new Spoilt(whole);
    how.accept(spoilt);

    List<Violation> found = Invariants.check(job.history, spoilt.observed());

    assertThat(found).as(what).extracting(Violation::rule).contains(rule);
  }

  private static Arguments spoil(String what, Rule rule, Consumer<Spoilt> how) {
    return arguments(what, rule, how);
  }

  private static Place place(long offset) {
    return new Place(0, offset);
  }

  private static int last(List<?> all) {
    return all.size() - 1;
  }

  private static long covered(Spoilt s, int snapshot) {
    Snapshot of = s.snapshots.get(snapshot);
    return Objects.requireNonNull(of.offsets().covered().get(0));
  }

  private static long from(Spoilt s, int batch) {
    return Objects.requireNonNull(s.batches.get(batch).record().origin().spans().get(0)).from();
  }

  private static long to(Spoilt s, int batch) {
    return Objects.requireNonNull(s.batches.get(batch).record().origin().spans().get(0)).to();
  }

  private static int[] without(Spoilt s, int batch) {
    int fresh = s.row(batch, true);
    return Arrays.stream(s.all(batch)).filter(row -> row != fresh).toArray();
  }

  private static int[] backwards(Spoilt s, int batch) {
    int[] all = s.all(batch);
    return IntStream.range(0, all.length).map(i -> all[all.length - 1 - i]).toArray();
  }

  private static void drawTwice(Spoilt s) {
    int fresh = s.row(9, true);
    s.draws(9, IntStream.concat(Arrays.stream(s.all(9)), IntStream.of(fresh)).toArray());
  }

  /** By one that has its event's class and was evaluated at most. */
  private static void undrawn(Spoilt s) {
    s.draws(10, s.all(10)); // rows of their own
    MiniBatch.Draws rows = s.batches.get(10).record().draws();
    int replay = s.row(10, false);
    Truth truth = new Truth(job.history, whole);
    rows.sourceOffset()[replay] =
        truth.read(0, 0, to(s, 10)).stream()
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

  private static void relabel(Spoilt s) {
    s.draws(11, s.all(11));
    long[] labels = s.batches.get(11).record().draws().labels();
    labels[0] = 1 - labels[0];
  }

  private static void score(Spoilt s, @Nullable Place place, @Nullable String checkpoint) {
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

  private static void move(Spoilt s) {
    s.scores.set(3, new Score(1, s.scores.get(3).score()));
  }

  private static void otherHash(Spoilt s) {
    int last = last(s.announcements);
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

  private static void otherMetrics(Spoilt s) {
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
            of.draws(),
            of.steps(),
            of.checkpoint(),
            of.done()));
  }
}
