package dev.counterweight.serving;

import dev.counterweight.tensor.MalformedTensorsException;
import dev.counterweight.tensor.SafeTensors;
import dev.counterweight.tensor.State;
import dev.counterweight.tensor.Stateful;
import java.util.Arrays;

/**
 * How much each candidate counts in what is served: by how well it told the newest rows of each
 * class, every class alike. Online EM (Cappé and Moulines 2009): a row gives each candidate a
 * responsibility, its share of the probability that all of them together gave the row's class; a
 * candidate's share is the mean of its responsibilities for about the last {@value #WINDOW} rows of
 * a class, over the classes seen.
 *
 * <p>No share falls below a floor, so that each can come back; but one below a cut is served as 0,
 * so that it need not be scored.
 *
 * <p>A guest is weighed against all the others together, as if they were one candidate: it begins
 * at the floor, and counts only once its share is large. Until then all is as without it, and then
 * the others share what it leaves as they would all.
 *
 * <p>A row counts as one, whatever it stands for: within a class rows stand for about as much as
 * each other, and classes count alike. A function of the rows and of the ends of slices alone, bit
 * for bit. Not thread-safe.
 */
public final class Mixture implements Stateful {
  /** Rows of a class that its responsibilities are of. */
  static final int WINDOW = 200;

  /** What a candidate has at least, of all together. */
  static final double FLOOR = 0.02;

  /** What a candidate is taken to have said at least: one row cannot rule it out. */
  static final double LEAST = 1e-4;

  /** The least share that is served. */
  static final double CUT = 0.05;

  /** The least share of a guest that is served. */
  static final double GUEST_CUT = 0.25;

  /** Of more all might be below the cut. */
  private static final int MOST = 16;

  private static final String PREFIX = "mixture.";
  private static final String WEIGHTS = PREFIX + "weights";
  private static final String GUEST = PREFIX + "guest";

  /** Beside a guest. */
  private final int candidates;

  private final boolean hasGuest;
  private final int classes;

  /** a_j of all but a guest, none of them cut. */
  private final double[] weights;

  /** R_jc, by candidate. */
  private final double[] responsibility;

  /** By class, at most {@link #WINDOW}. */
  private final double[] rows;

  /** What the guest counts against the others together; then, by class, its responsibility. */
  private final double[] guest;

  private final double[] shares;

  /** Of a model's candidates: all alike but a guest, which begins at the floor. */
  public Mixture(Candidates all, int classes) {
    this.candidates = all.hosts().count();
    this.hasGuest = all.guest();
    if (candidates > MOST) {
      throw new IllegalArgumentException(
          "%d candidates: must be 1 to %d".formatted(candidates, MOST));
    }
    this.classes = classes;
    this.weights = new double[candidates];
    this.responsibility = new double[candidates * classes];
    this.rows = new double[classes];
    this.guest = new double[hasGuest ? 1 + classes : 1];
    this.shares = new double[candidates()];
    Arrays.fill(weights, 1.0 / candidates);
    Arrays.fill(responsibility, 1.0 / candidates);
    Arrays.fill(guest, hasGuest ? FLOOR : 0);
    cut();
  }

  /** J. */
  public int candidates() {
    return hasGuest ? candidates + 1 : candidates;
  }

  /**
   * By candidate what it counts in rows that follow; 0 of one that is not served. They sum to 1.
   * Not to be written to; they change with {@link #refresh} alone.
   */
  public double[] shares() {
    return shares;
  }

  /**
   * Learns from a row, once it has been scored; counts from the next {@link #refresh} on.
   *
   * @param told by candidate the probability that it gave the row's class; NaN for one that gave
   *     none
   */
  public void learn(double[] told, int label) {
    rows[label] = Math.min(WINDOW, rows[label] + 1);
    double rate = 1 / rows[label];
    double sum = 0;
    for (int j = 0; j < candidates; j++) {
      sum += weights[j] * least(told[j]);
    }
    for (int j = 0; j < candidates; j++) {
      int at = j * classes + label;
      responsibility[at] += rate * (weights[j] * least(told[j]) / sum - responsibility[at]);
    }
    if (hasGuest) {
      double own = guest[0] * least(told[candidates]);
      double share = own / (own + (1 - guest[0]) * sum);
      guest[1 + label] += rate * (share - guest[1 + label]);
    }
  }

  private static double least(double probability) {
    return probability > LEAST ? probability : LEAST;
  }

  /** Takes what was learnt into account: at the end of a slice. */
  public void refresh() {
    int seen = 0;
    for (double of : rows) {
      seen += of > 0 ? 1 : 0;
    }
    if (seen == 0 || candidates() == 1) {
      return;
    }
    double all = 0;
    for (int j = 0; j < candidates; j++) {
      double sum = 0;
      for (int c = 0; c < classes; c++) {
        sum += rows[c] > 0 ? responsibility[j * classes + c] / seen : 0;
      }
      weights[j] = sum;
      all += sum;
    }
    for (int j = 0; j < candidates; j++) {
      weights[j] = (1 - FLOOR) * weights[j] / all + FLOOR / candidates;
    }
    if (hasGuest) {
      refreshGuest(seen);
    }
    cut();
  }

  private void refreshGuest(int seen) {
    double sum = 0;
    for (int c = 0; c < classes; c++) {
      sum += rows[c] > 0 ? guest[1 + c] / seen : 0;
    }
    guest[0] = (1 - FLOOR) * sum + FLOOR / candidates();
  }

  private void cut() {
    double sum = 0;
    for (int j = 0; j < candidates; j++) {
      shares[j] = weights[j] >= CUT ? weights[j] : 0;
      sum += shares[j];
    }
    double guests = guestServed();
    for (int j = 0; j < candidates; j++) {
      shares[j] = (1 - guests) * (shares[j] / sum);
    }
    if (hasGuest) {
      shares[candidates] = guests;
    }
  }

  /** Its cut and that of the others together; theirs among themselves are as without it. */
  private double guestServed() {
    if (guest[0] < GUEST_CUT) {
      return 0;
    }
    return 1 - guest[0] < CUT ? 1 : guest[0];
  }

  @Override
  public void declare(State state) {
    if (candidates() == 1) {
      return; // Nothing to be learnt, and a state as it always was.
    }
    State own =
        state
            .in(PREFIX)
            .doubles("weights", weights)
            .doubles("responsibility", responsibility, candidates, classes)
            .doubles("rows", rows)
            .notNegative("weights", "responsibility", "rows");
    if (hasGuest) {
      own.doubles("guest", guest).notNegative("guest");
    }
    state.part(out -> {}, this::check);
    state.restored(this::cut);
  }

  private Runnable check(SafeTensors saved) {
    double sum = Arrays.stream(saved.doubles(WEIGHTS, candidates)).sum();
    if (!(Math.abs(sum - 1) < 1e-9)) {
      throw new MalformedTensorsException(
          "tensor '%s' sums to %s: must sum to 1".formatted(WEIGHTS, sum));
    }
    double guests = hasGuest ? saved.doubles(GUEST, guest.length)[0] : 0;
    if (!(guests <= 1)) {
      throw new MalformedTensorsException(
          "tensor '%s' begins with %s: must be a share".formatted(GUEST, guests));
    }
    return () -> {};
  }
}
