package dev.counterweight.live;

import java.util.ArrayDeque;
import java.util.Deque;
import org.jspecify.annotations.Nullable;

/**
 * Turns a distance in events into one in time: somebody who has come to event n at a moment is as
 * far behind as event n was then old. Event n's time is taken from where the topic ended when. Not
 * thread-safe.
 */
final class Behind {
  /** Looks at the topic's end kept: ten minutes of one a second. */
  static final int LOOKS = 600;

  private record End(long timeMs, double events) {}

  private final Deque<End> ends = new ArrayDeque<>();

  /** Where the topic ends now, as a sum of offsets. */
  void ends(long timeMs, double events) {
    End last = ends.peekLast();
    if (last != null && (events < last.events() || timeMs < last.timeMs())) {
      // Another topic of the same name, or a clock put back: the old looks say nothing now.
      ends.clear();
    }
    if (ends.size() == LOOKS) {
      ends.removeFirst();
    }
    ends.addLast(new End(timeMs, events));
  }

  /** Events between a position and the newest end; 0 if it is there. */
  long events(double position) {
    End last = ends.peekLast();
    return last == null ? 0 : (long) Math.max(0, last.events() - position);
  }

  /**
   * Seconds behind at a moment; 0 if nothing was missing, null if the position lies before the
   * oldest end known.
   *
   * @param position sum of the offsets come to
   * @param atMs when it was true
   */
  @Nullable Double seconds(double position, long atMs) {
    End before = null;
    for (End end : ends) {
      if (end.events() > position) {
        if (before == null) {
          return null;
        }
        double share = (position - before.events()) / (end.events() - before.events());
        double reachedMs = before.timeMs() + share * (end.timeMs() - before.timeMs());
        return Math.max(0, atMs - reachedMs) / 1000;
      }
      before = end;
    }
    return 0.0;
  }
}
