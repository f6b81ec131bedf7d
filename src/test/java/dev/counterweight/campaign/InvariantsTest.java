package dev.counterweight.campaign;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import dev.counterweight.campaign.Observed.Exit;
import dev.counterweight.campaign.Observed.Letter;
import dev.counterweight.weights.Snapshot;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import java.util.stream.Stream;
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
        spoil("a fresh draw twice", Rule.SAMPLED_PER_CONTRACT, Spoils::drawTwice),
        spoil(
            "a replay of an undrawn event",
            Rule.SAMPLED_PER_CONTRACT,
            s -> Spoils.undrawn(s, new Truth(job.history, whole))),
        spoil("a row of another class", Rule.SAMPLED_PER_CONTRACT, Spoils::relabel),
        spoil("another evaluation weight", Rule.SAMPLED_PER_CONTRACT, Spoils::reweigh),
        spoil("a score left out", Rule.SCORED_ONCE, s -> s.scores.remove(17)),
        spoil("a score twice", Rule.SCORED_ONCE, s -> s.scores.add(s.scores.get(17))),
        spoil("a score of nothing", Rule.SCORED_ONCE, s -> Spoils.score(s, place(100_000), null)),
        spoil("a score by nobody", Rule.SCORED_ONCE, s -> Spoils.score(s, null, "0".repeat(64))),
        spoil("another partition's score", Rule.SCORED_ONCE, Spoils::move),
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
        spoil("another hash", Rule.CHECKPOINTS_CHAIN, Spoils::otherHash),
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
        spoil("other metrics", Rule.METRICS_RECOMPUTED, Spoils::otherMetrics),
        spoil(
            "killed by nobody",
            Rule.ENDED_WELL,
            s -> s.exits.add(new Exit("sampler", 137, false, "error: "))),
        spoil(
            "ended by a signal once it had begun",
            Rule.ENDED_WELL,
            s -> s.exits.add(new Exit("trainer", 143, false, "INFO running"))),
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

  @Test
  void aScoreLeftOutIsFoundBeforeTheEndOnceALaterOneIsThere() {
    Spoilt spoilt = new Spoilt(whole);
    spoilt.scores.remove(17);
    Observed.Scope scope = Observed.Scope.of(whole.config(), false);

    assertThat(Invariants.check(job.history, spoilt.observed(scope)))
        .extracting(Violation::rule)
        .containsOnly(Rule.SCORED_ONCE);
    spoilt.scores.subList(17, spoilt.scores.size()).clear();
    assertThat(Invariants.check(job.history, spoilt.observed(scope))).isEmpty();
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
}
