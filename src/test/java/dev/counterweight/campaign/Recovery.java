package dev.counterweight.campaign;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * How long after a fault began all of what was there at that moment was worked off by every role.
 * Owned by the thread of {@link Run}.
 */
final class Recovery {
  private record Open(String kind, long sinceNs, SortedMap<String, Long> targets) {}

  private final Progress progress;
  private final List<Open> open = new ArrayList<>();
  private final Map<String, List<Long>> tookMs = new TreeMap<>();

  Recovery(Progress progress) {
    this.progress = progress;
  }

  /** Something of that kind goes wrong from now on. */
  void begun(String kind) {
    progress.look();
    open.add(new Open(kind, System.nanoTime(), progress.targets()));
  }

  /** After a look at the progress. */
  void note() {
    open.removeIf(
        fault -> {
          boolean over = progress.left(fault.targets).isEmpty();
          if (over) {
            long ms = (System.nanoTime() - fault.sinceNs) / 1_000_000;
            tookMs.computeIfAbsent(fault.kind, k -> new ArrayList<>()).add(ms);
          }
          return over;
        });
  }

  /** By kind of fault. */
  Map<String, List<Long>> tookMs() {
    return tookMs;
  }
}
