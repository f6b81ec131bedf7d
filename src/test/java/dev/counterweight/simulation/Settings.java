package dev.counterweight.simulation;

import dev.counterweight.config.JobConfig;
import dev.counterweight.config.JobConfigLoader;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** The job's settings to choose among. */
final class Settings {
  static final String JOB = "sim";
  static final String EVENTS = "events";
  static final String LABELS = "labels";
  static final List<String> CLASSES = List.of("ok", "fraud", "dispute");

  private static final List<Map<String, String>> VARIANTS =
      List.of(
          Map.of("checkpoint.keep", "2"),
          Map.of("evaluation.share", "1", "weights.update.interval", "300ms", "model.forest", "2"),
          Map.of("evaluation.share", "0.4", "sampler.record.draws", "8", "sampler.linger", "40ms"),
          Map.of(
              "events.recent.labels",
              "true",
              "sampler.commit.interval",
              "300ms",
              "model.forest",
              "3"),
          Map.of("sampler.memory", "3", "weights.update.events", "20", "sampler.linger", "400ms"),
          Map.of("weights.update.interval", "1s", "sampler.preset", "oversample"));
  static final int COUNT = VARIANTS.size();
  private static final Map<String, String> JOINING =
      Map.of(
          "labels.topic", LABELS,
          "labels.label", "class",
          "labels.time", "t",
          "events.time", "t",
          "labels.wait", "8s",
          "labels.grace", "15s",
          "labels.missing", "ok");
  private static final Map<List<Object>, JobConfig> LOADED = new ConcurrentHashMap<>();

  private Settings() {}

  /**
   * Those of an instance.
   *
   * @param folder of checkpoints
   */
  static JobConfig of(Schedule schedule, int instance, Path folder) {
    return of(schedule, instance, folder, Map.of());
  }

  /** The same with some that are others. */
  static JobConfig of(Schedule schedule, int instance, Path folder, Map<String, String> others) {
    boolean joins = schedule.has("joiner");
    boolean scores = schedule.has("scorer");
    return LOADED.computeIfAbsent(
        List.of(schedule.settings(), instance, folder, joins, scores, others),
        key -> {
          Map<String, String> all = all(schedule.settings(), instance, folder);
          if (joins) {
            all.putAll(JOINING);
            all.put("labels.state.dir", folder.resolve("state").toString());
            all.put("labels.correct.for", schedule.settings() % 2 == 0 ? "0" : "20s");
            all.remove("events.label");
          }
          if (scores) {
            all.put("scores.events.topic", EVENTS);
          }
          all.putAll(others);
          return JobConfigLoader.load(all);
        });
  }

  private static Map<String, String> all(int variant, int instance, Path folder) {
    Map<String, String> all = new HashMap<>();
    all.put("job", JOB);
    all.put("instance.id", "i" + instance);
    all.put("bootstrap.servers", "unused:1");
    all.put("events.topic", EVENTS);
    all.put("events.label", "class");
    all.put("events.classes", String.join(",", CLASSES));
    all.put("events.features", "x,y");
    all.put("weights.update.interval", "100ms");
    all.put("weights.update.events", "50");
    all.put("sampler.record.draws", "32");
    all.put("model", "linear");
    all.put("batch.size", "8");
    all.put("checkpoint.dir", folder.toString());
    all.put("checkpoint.inline.max", variant % 2 == 0 ? "256 KiB" : "none");
    all.put("checkpoint.interval", "2s");
    all.put("checkpoint.every.steps", "40");
    all.putAll(VARIANTS.get(variant));
    return all;
  }
}
