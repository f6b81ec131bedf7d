package dev.counterweight.event;

import java.util.regex.Pattern;

/** Names of configuration keys in messages about labels that come apart from their events. */
public final class LabelWords {
  private static final Pattern KEYS =
      Pattern.compile(
          "\\bevents\\.(?=(topic|format|envelope|label|key|schema\\.(file|message|frame)"
              + "|time(\\.unit)?)\\b(?!\\.[a-z]))");

  private LabelWords() {}

  /** A text about events, of labels: the keys in it are those that labels are read by. */
  public static String of(String text) {
    return KEYS.matcher(text).replaceAll("labels.");
  }
}
