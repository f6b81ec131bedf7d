package dev.counterweight.evaluation;

import java.nio.ByteBuffer;
import java.util.OptionalDouble;

/**
 * What probabilities and decisions were worth that were served, by the classes that came later:
 * each event counts 1. Not thread-safe.
 *
 * <p>Bytes of what is not a count of {@link #confusion}, big-endian: format (1), sum of losses (8),
 * sums of the calibration's bins (8 each).
 */
public final class JudgedScores {
  private static final byte FORMAT = 1;

  private final int classes;
  private final Confusion confusion;
  private final Calibration calibration;
  private double loss;

  public JudgedScores(int classes) {
    this(classes, new Confusion(classes), Calibration.topLabel(), 0);
  }

  private JudgedScores(int classes, Confusion confusion, Calibration calibration, double loss) {
    this.classes = classes;
    this.confusion = confusion;
    this.calibration = calibration;
    this.loss = loss;
  }

  public JudgedScores copy() {
    return new JudgedScores(classes, confusion.copy(), calibration.copy(), loss);
  }

  /**
   * Takes one event.
   *
   * @param label its class
   * @param decision the class decided for
   * @param served probability of each class, which sum to 1
   */
  public void add(int label, int decision, double[] served) {
    count(label, decision, 1);
    loss += Prequential.loss(served[label]);
    calibration.add(label, 1, served);
  }

  /** Takes the events of others, of as many classes. */
  public void add(JudgedScores others) {
    for (int label = 0; label < classes; label++) {
      for (int decision = 0; decision < classes; decision++) {
        count(label, decision, others.count(label, decision));
      }
    }
    loss += others.loss;
    add(calibration.sums(), others.calibration.sums());
  }

  /** Takes events of which nothing but this is known yet: their other sums come in bytes. */
  public void count(int label, int decision, long events) {
    confusion.cells()[label * classes + decision] += events;
    confusion.rows()[label] += events;
    confusion.squaredWeights()[label] += events;
  }

  /** Events of a class that were decided as another, or as it. */
  public long count(int label, int decision) {
    return (long) confusion.cell(label, decision);
  }

  /** Events judged. */
  public long judged() {
    return confusion.scored();
  }

  /** What follows from classes and decisions; changes with these. */
  public Confusion confusion() {
    return confusion;
  }

  /** Mean of -ln(probability of the class), in nats; empty without events. */
  public OptionalDouble logLoss() {
    return Confusion.ratio(loss, judged());
  }

  /** Expected calibration error of the largest probability; empty without events. */
  public OptionalDouble ece() {
    return calibration.ece();
  }

  /** Length of {@link #put}'s bytes. */
  public int size() {
    return 1 + Double.BYTES * (1 + calibration.sums().length);
  }

  /** Writes all sums but the counts. */
  public void put(ByteBuffer out) {
    out.put(FORMAT).putDouble(loss);
    for (double sum : calibration.sums()) {
      out.putDouble(sum);
    }
  }

  /**
   * Takes the sums that {@link #put} wrote, beside the counts.
   *
   * @throws IllegalArgumentException if they are none
   */
  public void get(ByteBuffer in) {
    byte format = in.get();
    if (format != FORMAT) {
      throw new IllegalArgumentException(
          "sums of judged scores of format %d: it must be %d".formatted(format, FORMAT));
    }
    loss = sum(in);
    double[] sums = calibration.sums();
    for (int i = 0; i < sums.length; i++) {
      sums[i] = sum(in);
    }
  }

  private static double sum(ByteBuffer in) {
    double sum = in.getDouble();
    if (!(sum >= 0)) {
      throw new IllegalArgumentException(
          "a sum of judged scores of %s: it must be at least 0".formatted(sum));
    }
    return sum;
  }

  private static void add(double[] to, double[] more) {
    for (int i = 0; i < to.length; i++) {
      to[i] += more[i];
    }
  }
}
