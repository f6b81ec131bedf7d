package dev.counterweight.live;

import com.fasterxml.jackson.annotation.JsonIgnore;
import dev.counterweight.protocol.TrainerReport;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;

/** What happened in the time that the lines show, from the trainer's reports. Not thread-safe. */
final class Marks {
  /** The newest kept. */
  static final int MOST = 50;

  /**
   * Something that happened.
   *
   * @param kind drift or restart
   * @param of what changed; empty of a restart
   */
  record Mark(long timeMs, String kind, String words, @JsonIgnore String of) {}

  private final Deque<Mark> marks = new ArrayDeque<>();
  private long leadingSinceMs;

  /** Takes in each report once, the oldest first. */
  void take(TrainerReport report) {
    long since = report.leadingSinceMs();
    if (since != leadingSinceMs && leadingSinceMs != 0 && since != 0) {
      add(new Mark(since, "restart", "a trainer took over", ""));
    }
    leadingSinceMs = since == 0 ? leadingSinceMs : since;
    for (TrainerReport.Change change : report.drifts()) {
      add(new Mark(report.timeMs(), "drift", words(change), change.of() + " " + change.label()));
    }
  }

  /** Such as "recall of fraud fell from 0.82 to 0.41". */
  private static String words(TrainerReport.Change change) {
    return change.of().equals("prior")
        ? "the share of %s went from %s to %s"
            .formatted(
                Words.cut(change.label()),
                Words.percent(change.before()),
                Words.percent(change.after()))
        : "%s of %s fell from %s to %s"
            .formatted(
                change.of(),
                Words.cut(change.label()),
                Words.ratio(change.before()),
                Words.ratio(change.after()));
  }

  List<Mark> all() {
    return List.copyOf(marks);
  }

  private void add(Mark mark) {
    marks.addLast(mark);
    if (marks.size() > MOST) {
      marks.removeFirst();
    }
  }
}
