package dev.counterweight.campaign;

import dev.counterweight.batch.Batches;
import dev.counterweight.batch.MiniBatch;
import dev.counterweight.campaign.Observed.Batch;
import dev.counterweight.campaign.Observed.Exit;
import dev.counterweight.campaign.Observed.Joined;
import dev.counterweight.campaign.Observed.Letter;
import dev.counterweight.campaign.Observed.Score;
import dev.counterweight.checkpoint.Announcement;
import dev.counterweight.protocol.Span;
import dev.counterweight.protocol.TrainerReport;
import dev.counterweight.weights.Snapshot;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/** A job as it was observed, to be spoilt. Not thread-safe. */
final class Spoilt {
  private final Observed whole;
  final Set<Place> events;
  final List<Joined> joined;
  final List<Snapshot> snapshots;
  final List<Batch> batches;
  final List<Announcement> announcements;
  final List<Score> scores;
  final List<Letter> letters;
  final List<TrainerReport> reports;
  final List<Exit> exits;

  Spoilt(Observed whole) {
    this.whole = whole;
    this.events = new HashSet<>(whole.events());
    this.joined = new ArrayList<>(whole.joined());
    this.snapshots = new ArrayList<>(whole.snapshots());
    this.batches = new ArrayList<>(whole.batches());
    this.announcements = new ArrayList<>(whole.announcements());
    this.scores = new ArrayList<>(whole.scores());
    this.letters = new ArrayList<>(whole.letters());
    this.reports = new ArrayList<>(whole.reports());
    this.exits = new ArrayList<>(whole.exits());
  }

  Observed observed() {
    return observed(whole.scope());
  }

  Observed observed(Observed.Scope scope) {
    return new Observed(
        whole.config(),
        scope,
        events,
        whole.ends(),
        joined,
        snapshots,
        batches,
        announcements,
        scores,
        letters,
        reports,
        exits);
  }

  /** Has a batch record cover its one partition from elsewhere. */
  void span(int batch, long from, long to) {
    MiniBatch of = batches.get(batch).record();
    MiniBatch.Origin origin = of.origin();
    MiniBatch.Origin other =
        new MiniBatch.Origin(
            origin.job(),
            origin.weightsVersion(),
            new TreeMap<>(Map.of(0, new Span(from, to))),
            origin.end(),
            origin.eventTimeMinMs(),
            origin.eventTimeMaxMs(),
            origin.stream(),
            origin.schema(),
            origin.events());
    replace(batch, of.draws(), of.evaluation(), other);
  }

  /** Has a snapshot cover its one partition to elsewhere. */
  void covered(int snapshot, long to) {
    Snapshot of = snapshots.get(snapshot);
    snapshots.set(
        snapshot,
        of.with(
            new Snapshot.Offsets(
                new TreeMap<>(Map.of(0, to)), of.offsets().from(), of.offsets().end())));
  }

  /** The first fresh row, or replay, of a batch record. */
  int row(int batch, boolean fresh) {
    byte[] flags = batches.get(batch).record().draws().fresh();
    for (int i = 0; i < flags.length; i++) {
      if ((flags[i] == 1) == fresh) {
        return i;
      }
    }
    throw new AssertionError("record " + batch + " has none");
  }

  /** Has a batch record hold these of its draws. */
  void draws(int batch, int... rows) {
    MiniBatch of = batches.get(batch).record();
    replace(batch, rows(of.draws(), rows), of.evaluation(), of.origin());
  }

  /** Has the first row that a batch record evaluates weigh other than it should. */
  void weigh(int batch, float times) {
    MiniBatch of = batches.get(batch).record();
    MiniBatch.EvaluationSlice slice = of.evaluation();
    float[] weights = slice.weights().clone();
    weights[0] *= times;
    MiniBatch.EvaluationSlice other =
        new MiniBatch.EvaluationSlice(
            slice.features(),
            slice.labels(),
            weights,
            slice.sourcePartition(),
            slice.sourceOffset(),
            slice.missing());
    replace(batch, of.draws(), other, of.origin());
  }

  /** The numbers of a batch record's draws. */
  int[] all(int batch) {
    int[] all = new int[batches.get(batch).record().draws().rows()];
    Arrays.setAll(all, i -> i);
    return all;
  }

  private void replace(
      int batch, MiniBatch.Draws draws, MiniBatch.EvaluationSlice slice, MiniBatch.Origin origin) {
    Batch of = batches.get(batch);
    batches.set(batch, new Batch(of.offset(), Batches.with(of.record(), draws, slice, origin)));
  }

  private static MiniBatch.Draws rows(MiniBatch.Draws of, int[] rows) {
    int columns = of.features().length / of.rows();
    float[] features = new float[rows.length * columns];
    long[] labels = new long[rows.length];
    float[] weights = new float[rows.length];
    int[] partitions = new int[rows.length];
    long[] offsets = new long[rows.length];
    byte[] fresh = new byte[rows.length];
    for (int i = 0; i < rows.length; i++) {
      System.arraycopy(of.features(), rows[i] * columns, features, i * columns, columns);
      labels[i] = of.labels()[rows[i]];
      weights[i] = of.lossWeight()[rows[i]];
      partitions[i] = of.sourcePartition()[rows[i]];
      offsets[i] = of.sourceOffset()[rows[i]];
      fresh[i] = of.fresh()[rows[i]];
    }
    return new MiniBatch.Draws(features, labels, weights, partitions, offsets, fresh);
  }
}
