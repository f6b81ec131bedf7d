package dev.counterweight.inference;

import java.util.Locale;

/** What a request is for: the bounded set that meters tell apart. */
enum Kind {
  SCORE,
  INFER,
  METADATA,
  HEALTH,
  /** A path that there is not, or a request that could not be read. */
  OTHER;

  /** Whether it asks for scores, and bears a body. */
  boolean scores() {
    return this == SCORE || this == INFER;
  }

  /** As meters name it. */
  String text() {
    return name().toLowerCase(Locale.ROOT);
  }
}
