package dev.counterweight.live;

import java.util.Locale;

/** Numbers in sentences. */
final class Words {
  private static final int MOST = 80;

  private Words() {}

  /** Such as 0.82. */
  static String ratio(double value) {
    return String.format(Locale.ROOT, "%.2f", value);
  }

  /** Such as 31 %, 1.2 % or 0.04 %. */
  static String percent(double share) {
    double value = 100 * share;
    String form = value >= 9.95 || value == 0 ? "%.0f %%" : value >= 0.095 ? "%.1f %%" : "%.2f %%";
    return String.format(Locale.ROOT, form, value);
  }

  /** A name that others chose, in a length that a line has room for. */
  static String cut(String name) {
    return name.length() <= MOST ? name : name.substring(0, MOST - 1) + "…";
  }

  /** Such as 12,400. */
  static String whole(double value) {
    return String.format(Locale.ROOT, "%,.0f", value);
  }

  /** Such as 40 s, 12 min, 3 h or 5 d. */
  static String time(double seconds) {
    if (seconds < 100) {
      return Math.round(seconds) + " s";
    }
    if (seconds < 6_000) {
      return Math.round(seconds / 60) + " min";
    }
    return seconds < 172_800
        ? Math.round(seconds / 3_600) + " h"
        : Math.round(seconds / 86_400) + " d";
  }
}
