package dev.counterweight.live;

/**
 * A point of the page's lines. What was not known is NaN.
 *
 * @param sequence counts the points of a job since this process began to watch it, from 0
 * @param arriving events a second that came to the events topic
 * @param training events a second that were trained on
 * @param steps optimiser updates a second
 * @param loss of the newest steps
 * @param gmean of the newest rows
 * @param behindSeconds the trainer's distance from the end of the events topic
 * @param recalls recall of each class lately, in class order; empty if none is known
 */
@SuppressWarnings("ArrayRecordComponent")
record Point(
    long sequence,
    long timeMs,
    double arriving,
    double training,
    double steps,
    double loss,
    double gmean,
    double behindSeconds,
    float[] recalls) {

  /** Recall of a class, by its index. */
  double recall(int c) {
    return c < recalls.length ? recalls[c] : Double.NaN;
  }
}
