package dev.counterweight.config;

import dev.counterweight.protocol.JobTopics;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** What is wrong with a configuration: a line for each rule that is broken. Not thread-safe. */
final class Problems {
  private final List<String> lines = new ArrayList<>();

  void add(String line) {
    lines.add(line);
  }

  /** Adds a line in the form of {@link String#format}. */
  void add(String form, @Nullable Object... values) {
    lines.add(String.format(Locale.ROOT, form, values));
  }

  /** A key that must be set is not. */
  void missing(Key<?> key) {
    add("%s is missing: %s", key, key.meaning());
  }

  /** Demands that a topic, if there is one, is none that the job has for itself. */
  void requireForeign(Key<?> key, @Nullable String topic, JobTopics topics) {
    if (topic != null && topics.owns(topic)) {
      add("%s=%s: must not be a topic that job=%s uses for itself", key, topic, topics.job());
    }
  }

  /** How many there are so far. */
  int count() {
    return lines.size();
  }

  List<String> lines() {
    return lines;
  }
}
