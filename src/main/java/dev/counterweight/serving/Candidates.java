package dev.counterweight.serving;

import java.util.ArrayList;
import java.util.List;

/**
 * The networks that a model has side by side: one for each learning rate, then, if it has them, of
 * each of these its moving average; last, if there is one, a guest: a linear model, by its average
 * where the others have averages. A guest is there for streams that the others are too rich for;
 * {@link Mixture} says when it counts.
 *
 * @param rates R
 * @param guest whether there is one; of a network by itself there can be none
 */
public record Candidates(int rates, boolean averaged, boolean guest) {
  /** A network by itself. */
  public static final Candidates ONE = new Candidates(1, false, false);

  private static final String GUEST = "linear";
  private static final String RATE = "rate.";
  private static final String AVERAGE = "average.";

  public Candidates {
    if (rates < 1) {
      throw new IllegalArgumentException("a model of %d networks".formatted(rates));
    }
    if (guest && rates == 1 && !averaged) {
      throw new IllegalArgumentException("a guest beside a network by itself");
    }
  }

  /** The same but for the guest, which is not there. */
  public Candidates hosts() {
    return new Candidates(rates, averaged, false);
  }

  /** J. */
  public int count() {
    return (averaged ? 2 * rates : rates) + (guest ? 1 : 0);
  }

  /** How many are trained: those of the rates, then the guest. */
  public int networks() {
    return guest ? rates + 1 : rates;
  }

  /** Whether a candidate is the guest. */
  public boolean isGuest(int candidate) {
    return guest && candidate == count() - 1;
  }

  /** What a candidate is called, such as {@code rate.0}, {@code average.0} or {@code linear}. */
  public String name(int candidate) {
    if (isGuest(candidate)) {
      return GUEST;
    }
    return candidate < rates ? RATE + candidate : AVERAGE + (candidate - rates);
  }

  /** What the names of a candidate's parameters begin with: nothing if it is by itself. */
  public String prefix(int candidate) {
    if (isGuest(candidate)) {
      return averaged ? ofAverage(rates) : ofNetwork(rates);
    }
    return candidate < rates ? ofNetwork(candidate) : ofAverage(candidate - rates);
  }

  /** The same of a guest: of its network, then of its average; none where there is no guest. */
  public List<String> guestPrefixes() {
    if (!guest) {
      return List.of();
    }
    return averaged ? List.of(ofNetwork(rates), ofAverage(rates)) : List.of(ofNetwork(rates));
  }

  /** What the names of parameters begin with: of each network, then of each average. */
  public List<String> prefixes() {
    List<String> all = new ArrayList<>();
    for (int network = 0; network < networks(); network++) {
      all.add(ofNetwork(network));
    }
    for (int network = 0; averaged && network < networks(); network++) {
      all.add(ofAverage(network));
    }
    return all;
  }

  /** What the names of the parameters of a network that is trained begin with. */
  public String ofNetwork(int network) {
    if (count() == 1) {
      return "";
    }
    return (network == rates ? GUEST : RATE + network) + ".";
  }

  /** The same of its moving average. */
  public String ofAverage(int network) {
    return AVERAGE + (network == rates ? GUEST : network) + ".";
  }
}
