package dev.counterweight.live;

import dev.counterweight.weights.Snapshot;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.stream.IntStream;

/**
 * The classes there is room for: all of a few, of many the most common and the rarest that were
 * seen.
 *
 * @param order class indices, from the most common to the rarest
 * @param note which they are, where they are not all; else empty
 */
record ShownClasses(List<Integer> order, String note) {
  /** Classes shown when not all are: so many of the most common and so many of the rarest. */
  static final int OF_EACH = 8;

  /** Classes up to which the page has room for what is decided of which. */
  static final int MATRIX = 10;

  /** Chooses by the shares of a snapshot; classes alike keep their own order. */
  static ShownClasses of(Snapshot snapshot) {
    double[] priors = snapshot.priors();
    List<Integer> all =
        IntStream.range(0, snapshot.classCount())
            .boxed()
            .sorted(Comparator.comparingDouble((Integer c) -> -priors[c]))
            .toList();
    if (all.size() <= 2 * OF_EACH) {
      return new ShownClasses(all, "");
    }
    List<Integer> seen = all.stream().filter(c -> snapshot.counts().events(c) > 0).toList();
    int unseen = all.size() - seen.size();
    String rest =
        unseen == 0 ? "" : String.format(Locale.ROOT, "; %,d have not been seen yet", unseen);
    List<Integer> shown = new ArrayList<>();
    if (seen.size() <= 2 * OF_EACH) {
      shown.addAll(seen);
      return new ShownClasses(
          shown,
          String.format(
              Locale.ROOT, "The %,d classes seen of %,d%s.", seen.size(), all.size(), rest));
    }
    shown.addAll(seen.subList(0, OF_EACH));
    shown.addAll(seen.subList(seen.size() - OF_EACH, seen.size()));
    return new ShownClasses(
        shown,
        String.format(
            Locale.ROOT,
            "The %d most common and the %d rarest of %,d classes%s.",
            OF_EACH,
            OF_EACH,
            all.size(),
            rest));
  }
}
