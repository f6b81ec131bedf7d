package dev.counterweight.trainer;

import dev.counterweight.config.JobConfigLoader;
import dev.counterweight.config.TrainerConfig;
import java.util.HashMap;
import java.util.Map;

/** The trainer's settings as a user's file gives them: defaults, and what differs. */
public final class TrainerSettings {
  private TrainerSettings() {}

  public static TrainerConfig of(Map<String, String> differing) {
    Map<String, String> values = new HashMap<>();
    values.put("job", "unused");
    values.put("bootstrap.servers", "unused:1");
    values.put("events.topic", "unused");
    values.put("events.label", "label");
    values.put("events.classes", "a,b");
    values.put("events.features", "x");
    values.put("checkpoint.dir", "unused");
    values.putAll(differing);
    return JobConfigLoader.load(values).trainer();
  }
}
