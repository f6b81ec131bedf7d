package dev.counterweight.joining;

/**
 * A label as it is read.
 *
 * @param label class index, at least 0
 * @param timeMs its own time, at most {@link JoinRules#FURTHEST_MS} from 1970
 */
public record Label(int label, long timeMs) {
  public Label {
    if (label < 0) {
      throw new IllegalArgumentException("label " + label + ": a class is 0 or more");
    }
    JoinRules.checkTime("label", timeMs);
  }
}
