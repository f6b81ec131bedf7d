package dev.counterweight.protocol;

import java.util.Locale;

/** How constants are written in configurations and documents: {@code cross-entropy}. */
public final class KebabCase {
  private KebabCase() {}

  /** A constant's name, in lower case, its words joined by hyphens. */
  public static String of(Enum<?> constant) {
    return constant.name().toLowerCase(Locale.ROOT).replace('_', '-');
  }
}
