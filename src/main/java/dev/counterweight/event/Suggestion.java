package dev.counterweight.event;

import java.util.Collection;
import java.util.Comparator;
import java.util.Optional;

/** The known name a person most likely meant. */
public final class Suggestion {
  private Suggestion() {}

  /** The name fewest edits away from {@code typed}, if that is at most a third of its length. */
  public static Optional<String> closest(String typed, Collection<String> names) {
    return names.stream()
        .min(
            Comparator.comparingInt((String name) -> edits(typed, name))
                .thenComparing(name -> name))
        .filter(name -> edits(typed, name) <= Math.max(2, typed.length() / 3));
  }

  /** Levenshtein distance. */
  private static int edits(String a, String b) {
    int[] row = new int[b.length() + 1];
    for (int j = 0; j <= b.length(); j++) {
      row[j] = j;
    }
    for (int i = 1; i <= a.length(); i++) {
      int diagonal = row[0];
      row[0] = i;
      for (int j = 1; j <= b.length(); j++) {
        int change = diagonal + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
        diagonal = row[j];
        row[j] = Math.min(change, Math.min(row[j], row[j - 1]) + 1);
      }
    }
    return row[b.length()];
  }
}
