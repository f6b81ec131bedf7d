package dev.counterweight.config;

import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** A small job of a test's own, and what the loader makes of it with some settings more. */
final class SmallJob {
  private static final Map<String, String> SMALLEST =
      Map.of(
          "job", "fraud",
          "bootstrap.servers", "localhost:9092",
          "events.topic", "payments",
          "events.label", "class",
          "events.classes", "ok, fraud",
          "events.features", "amount,age",
          "checkpoint.dir", "/tmp/checkpoints");

  private final Map<String, String> values;

  /** {@code settings}: as {@link #with} takes them. */
  SmallJob(String... settings) {
    this.values = changed(SMALLEST, settings);
  }

  /** Its values, changed by settings {@code key=value}; a key alone is taken out. */
  Map<String, String> with(String... settings) {
    return changed(values, settings);
  }

  JobConfig load(String... settings) {
    return JobConfigLoader.load(with(settings));
  }

  /** What is wrong with it; empty if nothing is. */
  List<String> problems(String... settings) {
    InvalidConfigException e =
        catchThrowableOfType(InvalidConfigException.class, () -> load(settings));
    return e == null ? List.of() : e.problems();
  }

  private static Map<String, String> changed(Map<String, String> before, String... settings) {
    Map<String, String> values = new HashMap<>(before);
    for (String setting : settings) {
      int equals = setting.indexOf('=');
      if (equals < 0) {
        values.remove(setting);
      } else {
        values.put(setting.substring(0, equals), setting.substring(equals + 1));
      }
    }
    return values;
  }
}
