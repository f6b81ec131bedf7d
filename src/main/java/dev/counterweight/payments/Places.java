package dev.counterweight.payments;

import java.util.Arrays;
import java.util.List;
import java.util.Map;

/** Countries, categories, merchants and devices that payments are made with. */
final class Places {
  static final List<String> COUNTRIES =
      List.of(
          "DE", "FR", "GB", "NL", "ES", "IT", "PL", "BE", "AT", "US", "CH", "DK", "SE", "PT", "IE",
          "CZ", "FI", "NO", "GR", "HU");

  private static final double[] COUNTRY_WEIGHTS = {
    24, 15, 13, 10, 8, 7, 5, 4, 3, 1, 2.5, 2, .5, .5, .5, .4, .8, .7, .5, .5
  };

  static final List<String> CATEGORIES =
      List.of(
          "groceries",
          "restaurants",
          "fuel",
          "clothing",
          "pharmacy",
          "transport",
          "subscriptions",
          "household",
          "electronics",
          "travel",
          "games",
          "gift_cards",
          "jewellery",
          "tickets");

  private static final double[] CATEGORY_WEIGHTS = {
    29, 17, 10, 9, 8, 7, 6, 5, 1.5, 1, 2, .1, .4, 1
  };

  static final int MERCHANTS = 50_000;
  static final int DEVICES = 60_000;

  /** Merchants of a category, the last categories having one less. */
  private static final int PER_CATEGORY = MERCHANTS / CATEGORIES.size();

  /** Which merchant of its category is paid. */
  static final Choice RANKS = Choice.zipf(PER_CATEGORY);

  private Places() {}

  static String merchantName(int merchant) {
    return "m" + merchant;
  }

  static String deviceName(int device) {
    return "d" + device;
  }

  static int merchant(int category, int rank) {
    return rank * CATEGORIES.size() + category;
  }

  static int category(int merchant) {
    return merchant % CATEGORIES.size();
  }

  static int rank(int merchant) {
    return merchant / CATEGORIES.size();
  }

  /** All countries as cards of the shops come from them, but these as often as is said. */
  static Choice countries(Map<String, Double> shares) {
    return choice(COUNTRIES, COUNTRY_WEIGHTS, shares);
  }

  /** All categories as they are bought from, but these as often as is said. */
  static Choice categories(Map<String, Double> shares) {
    return choice(CATEGORIES, CATEGORY_WEIGHTS, shares);
  }

  /** What is not named shares what is left as it does else. */
  private static Choice choice(List<String> names, double[] weights, Map<String, Double> shares) {
    double named = shares.values().stream().mapToDouble(share -> share).sum();
    double others = Arrays.stream(weights).sum();
    for (String name : shares.keySet()) {
      others -= weights[names.indexOf(name)];
    }
    double[] all = new double[weights.length];
    for (int i = 0; i < all.length; i++) {
      Double share = shares.get(names.get(i));
      all[i] = share == null ? weights[i] / others * (1 - named) : share;
    }
    return Choice.of(all);
  }
}
