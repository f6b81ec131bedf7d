package dev.counterweight.campaign;

import dev.counterweight.campaign.Observed.Part;
import dev.counterweight.campaign.Truth.Read;
import dev.counterweight.weights.Snapshot;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Snapshots follow on each other, count what they cover, and in the end everything. */
final class SnapshotCounts implements Invariant {
  @Override
  public void check(History history, Observed observed, Truth truth, Findings findings) {
    if (!observed.scope().has(Part.COUNTER)) {
      return;
    }
    Walk walk = new Walk(observed, truth, history, findings);
    observed.snapshots().forEach(walk::next);
    if (observed.scope().complete()) {
      walk.end();
    }
  }

  /** Goes along with the snapshots, counting for itself. Not thread-safe. */
  private static final class Walk {
    private final Observed observed;
    private final Truth truth;
    private final History history;
    private final Findings findings;
    private final Map<Integer, Integer> read = new TreeMap<>();
    private final Map<Integer, Long> covered = new TreeMap<>();
    private final long[] counts;
    private long mayBeLost; // of those counted
    private @Nullable Snapshot last;

    Walk(Observed observed, Truth truth, History history, Findings findings) {
      this.observed = observed;
      this.truth = truth;
      this.history = history;
      this.findings = findings;
      this.counts = new long[observed.config().events().schema().classCount()];
    }

    void next(Snapshot snapshot) {
      long expected = last == null ? 1 : last.version() + 1;
      findings.require(
          snapshot.version() == expected,
          Rule.VERSIONS_RISE,
          "snapshot version %d follows %d",
          snapshot.version(),
          expected - 1);
      Map<Integer, Long> now = snapshot.offsets().covered();
      covered.forEach((p, to) -> requireNoLess(snapshot, p, to, now.getOrDefault(p, -1L)));
      now.forEach((p, to) -> cover(snapshot, p, to));
      requireCounts(snapshot, Rule.COVERED_NOT_BEYOND, "of what it covers, " + now);
      last = snapshot;
    }

    private void requireNoLess(Snapshot snapshot, int partition, long before, long now) {
      findings.require(
          now >= before,
          Rule.COVERED_NOT_BEYOND,
          "snapshot version %d covers partition %d to %d, the one before to %d",
          snapshot.version(),
          partition,
          now,
          before);
    }

    private void cover(Snapshot snapshot, int partition, long to) {
      long end = observed.ends().getOrDefault(partition, 0L);
      findings.require(
          to <= end,
          Rule.COVERED_NOT_BEYOND,
          "snapshot version %d covers partition %d to %d, whose end is %d",
          snapshot.version(),
          partition,
          to,
          end);
      take(partition, to);
    }

    private void take(int partition, long to) {
      List<Read> all = truth.read(partition);
      int i = read.getOrDefault(partition, 0);
      for (; i < all.size() && all.get(i).place().offset() < to; i++) {
        Truth.count(all.get(i), counts);
        mayBeLost += history.mayBeLost(all.get(i).place()) ? 1 : 0;
      }
      read.put(partition, i);
      covered.merge(partition, to, Math::max);
    }

    /** Exactly those or, where events may have been deleted unread, no more and few less. */
    private void requireCounts(Snapshot snapshot, Rule rule, String what) {
      long[] found = snapshot.counts().events();
      long missing = 0;
      boolean holds = true;
      for (int c = 0; c < counts.length; c++) {
        holds &= mayBeLost > 0 ? found[c] <= counts[c] : found[c] == counts[c];
        missing += counts[c] - found[c];
      }
      findings.require(
          holds && missing <= mayBeLost,
          rule,
          "snapshot version %d counts %s, not %s %s",
          snapshot.version(),
          Arrays.toString(found),
          Arrays.toString(counts),
          what);
    }

    /** Everything that there is to be counted is. */
    void end() {
      truth.read().keySet().forEach(partition -> take(partition, Long.MAX_VALUE));
      if (last != null) {
        requireCounts(last, Rule.COUNTS_EXACT, "of all that was committed");
      } else {
        findings.require(
            Arrays.stream(counts).sum() == 0,
            Rule.COUNTS_EXACT,
            "no snapshot, of %s events",
            Arrays.toString(counts));
      }
    }
  }
}
