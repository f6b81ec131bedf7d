package dev.counterweight.campaign;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What was found against the rules; of each rule the first few, and how many more. Not thread-safe.
 */
final class Findings {
  private static final int SHOWN = 8;

  private final Map<Rule, List<String>> found = new EnumMap<>(Rule.class);
  private final Map<Rule, Integer> more = new EnumMap<>(Rule.class);

  /** Takes in that a rule does not hold. */
  void add(Rule rule, String format, @Nullable Object... figures) {
    List<String> all = found.computeIfAbsent(rule, r -> new ArrayList<>());
    if (all.size() < SHOWN) {
      all.add(String.format(Locale.ROOT, format, figures));
    } else {
      more.merge(rule, 1, Integer::sum);
    }
  }

  /** The same, where it does not. */
  void require(boolean holds, Rule rule, String format, @Nullable Object... figures) {
    if (!holds) {
      add(rule, format, figures);
    }
  }

  List<Violation> violations() {
    List<Violation> all = new ArrayList<>();
    found.forEach(
        (rule, texts) -> {
          texts.forEach(text -> all.add(new Violation(rule, text)));
          Integer rest = more.get(rule);
          if (rest != null) {
            all.add(new Violation(rule, "and " + rest + " more"));
          }
        });
    return List.copyOf(all);
  }
}
