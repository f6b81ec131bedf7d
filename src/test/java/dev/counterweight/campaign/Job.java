package dev.counterweight.campaign;

import dev.counterweight.campaign.Member.Role;
import dev.counterweight.config.JobConfig;
import dev.counterweight.config.JobConfigLoader;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The job of one run: its names and settings.
 *
 * @param folder of its state, checkpoints and logs
 */
record Job(Schedule schedule, String name, int partitions, Path folder) {
  /** By the clock, where all is read: longer than it takes to write a label, broker away or not. */
  static final long WAIT_MS = 30_000;

  /** All roles but the joiner, unless labels come apart. */
  List<Role> roles() {
    return schedule.joins()
        ? List.of(Role.values())
        : List.of(Role.COUNTER, Role.SAMPLER, Role.TRAINER, Role.SCORER);
  }

  String events() {
    return name + "-events";
  }

  String labels() {
    return name + "-labels";
  }

  Path checkpoints() {
    return folder.resolve("checkpoints");
  }

  /** As the test's own clients read it. */
  JobConfig config(String servers) {
    Map<String, String> all = settings(servers);
    if (schedule.joins()) {
      all.put("labels.state.dir", folder.resolve("state").toString());
    }
    return JobConfigLoader.load(all);
  }

  /** Of all its processes. */
  Map<String, String> settings(String servers) {
    Map<String, String> all = new HashMap<>();
    all.put("job", name);
    all.put("bootstrap.servers", servers);
    all.put("seed", Long.toString(schedule.seed()));
    all.put("events.topic", events());
    all.put("events.classes", String.join(",", MadeEvents.CLASSES));
    all.put("events.features", "x,y");
    all.put("events.time", "at");
    all.put("events.max.bytes", Integer.toString(MadeEvents.MAX_BYTES));
    all.put("scores.events.topic", events());
    all.put("events.lost", schedule.has(Fault.RetentionOvertakes.class) ? "continue" : "fail");
    all.put("checkpoint.dir", checkpoints().toString());
    all.put("metrics.port", "0");
    all.put("model.forest", schedule.seed() % 2 == 0 ? "0" : "3");
    labelling(all);
    pace(all);
    patience(all);
    return all;
  }

  private void labelling(Map<String, String> all) {
    if (schedule.joins()) {
      all.put("labels.topic", labels());
      all.put("labels.label", "outcome");
      all.put("labels.time", "at");
      all.put("labels.wait", WAIT_MS + "ms");
      all.put("labels.grace", "5s");
      all.put("labels.missing", MadeEvents.CLASSES.get(0));
    } else {
      all.put("events.label", "label");
    }
  }

  private static void pace(Map<String, String> all) {
    all.put("model", "linear");
    all.put("device", "cpu");
    all.put("evaluation.share", "1");
    all.put("weights.update.interval", "500ms");
    all.put("sampler.linger", "500ms");
    all.put("sampler.commit.interval", "300ms");
    all.put("kafka.streams.commit.interval.ms", "300");
    all.put("sampler.memory", "64");
    all.put("sampler.record.draws", "64");
    all.put("checkpoint.interval", "2s");
    all.put("checkpoint.keep", "1000");
  }

  /** Clients give up within seconds, so that in a short run they meet what takes minutes else. */
  private static void patience(Map<String, String> all) {
    all.put("kafka.request.timeout.ms", "4000");
    all.put("kafka.default.api.timeout.ms", "8000");
    all.put("kafka.max.block.ms", "8000");
    all.put("kafka.delivery.timeout.ms", "8000");
    all.put("kafka.linger.ms", "0");
    all.put("kafka.metadata.max.age.ms", "3000");
    all.put("kafka.streams.consumer.session.timeout.ms", "6000");
    all.put("kafka.streams.consumer.heartbeat.interval.ms", "1000");
  }
}
