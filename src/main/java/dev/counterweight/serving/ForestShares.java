package dev.counterweight.serving;

import java.util.LinkedHashMap;
import java.util.Map;

/**
 * What a model's probabilities and the two views of its forest count, as powers, in what is served.
 *
 * @param networks t_0, of what the networks give
 * @param slow t_1, of what the forest's leaves have counted
 * @param quick t_2, of what was counted last
 */
public record ForestShares(double networks, double slow, double quick) {
  /** Of each. */
  static final double MOST = 3;

  /** What they begin at: most streams ask for more of the networks than of the forest. */
  static final ForestShares INITIAL = new ForestShares(0.8, 0.3, 0);

  public ForestShares {
    requireShare("networks", networks);
    requireShare("slow", slow);
    requireShare("quick", quick);
  }

  /** As they are told, in order. */
  public Map<String, Double> byName() {
    Map<String, Double> all = new LinkedHashMap<>();
    all.put("networks", networks);
    all.put("slow", slow);
    all.put("quick", quick);
    return all;
  }

  private static void requireShare(String name, double share) {
    if (!(share >= 0 && share <= MOST)) {
      throw new IllegalArgumentException(
          "probabilities.forest.%s is %s: must be a number from 0 to %s"
              .formatted(name, share, MOST));
    }
  }
}
