package dev.counterweight.config;

import dev.counterweight.protocol.JobTopics;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.List;
import java.util.Map;
import org.apache.kafka.common.config.ConfigDef;

/** The keys of the job itself, and all keys. */
final class JobKeys {
  private static final KeyGroup KEYS = new KeyGroup("Job and topics");

  private static final Key<String> JOB =
      KEYS.required(
              "job",
              "job", // What a prefixed right covers ends at the first dot.
              Form.matching(
                  "[a-zA-Z0-9_-]{1,150}",
                  "1 to 150 of a-z, A-Z, 0-9, '_' and '-', without a dot: a right on the prefix"
                      + " 'fraud.' would reach into a job 'fraud.eu'"))
          .means(
              "Name of the job; it and a dot begin the names of its topics, groups and"
                  + " transactional ids.");
  private static final Key<String> BOOTSTRAP_SERVERS =
      KEYS.required("bootstrap.servers", "localhost:9092", Form.text())
          .means("Kafka brokers to start from: host:port, comma-separated.");
  private static final Key<String> INSTANCE_ID =
      KEYS.optional("instance.id", Form.name(80))
          .means(
              "Stable part of transactional ids and of checkpoint writers. Default: the host name."
                  + " Two processes with the same role, job and instance.id fence each other.");
  private static final Key<Long> SEED =
      KEYS.key("seed", 1, Form.anyWhole())
          .means(
              "Seed of every random decision: initial parameters, draws, evaluation, shuffling, and"
                  + " the rows of categories.");

  /** In the order of the reference. */
  static final List<KeyGroup> GROUPS =
      List.of(
          KEYS,
          EventKeys.KEYS,
          FeatureKeys.KEYS,
          SchemaKeys.KEYS,
          LabelKeys.KEYS,
          LabelSchemaKeys.KEYS,
          CounterKeys.KEYS,
          SamplingPolicyKeys.KEYS,
          SamplerKeys.KEYS,
          TrainerKeys.KEYS,
          CheckpointKeys.KEYS,
          ServingKeys.KEYS,
          ScorerKeys.KEYS,
          MetricsKeys.KEYS);

  /** All that are named as they stand: those of features have the feature's name in theirs. */
  static final List<Key<?>> ALL =
      GROUPS.stream()
          .filter(group -> group != FeatureKeys.KEYS)
          .<Key<?>>flatMap(group -> group.keys().stream())
          .toList();

  static final ConfigDef DEFINITION = new ConfigDef();

  static {
    ALL.forEach(key -> key.declare(DEFINITION));
  }

  private JobKeys() {}

  static JobConfig read(Values v, Map<String, String> clients, Map<String, String> streams) {
    String job = v.get(JOB);
    EventsConfig events = EventKeys.read(v, v.get(SEED));
    LabelsConfig labels = LabelKeys.read(v, events);
    return new JobConfig(
        job,
        v.find(INSTANCE_ID).orElseGet(JobKeys::hostName),
        v.get(SEED),
        new KafkaConfig(v.get(BOOTSTRAP_SERVERS), clients, streams),
        labels == null ? events : labels.labelled(JobTopics.labelled(job)),
        labels,
        CounterKeys.read(v),
        SamplerKeys.read(v),
        TrainerKeys.read(v),
        ScorerKeys.read(v, events),
        MetricsKeys.read(v));
  }

  /** Looks at the rules between the keys of one part or of several. */
  static void check(Values v, JobConfig config, Problems problems) {
    EventsConfig events = config.sources().get(0);
    EventKeys.check(v, events, config, problems);
    SchemaKeys.check(v, events, problems);
    if (config.labels() != null) {
      LabelRules.check(v, config, config.labels(), problems);
    }
    Formulas.check(
        config.counter().formula(),
        config.sampler().policy().weights(),
        config.events().schema().classes(),
        problems);
    SamplerKeys.check(config.sampler(), config.events(), problems);
    ServingKeys.check(config, problems);
    TrainerKeys.check(v, config.trainer(), config.events().schema(), problems);
    ScorerKeys.check(v, config, problems);
    if (!config.instanceId().matches("[a-zA-Z0-9._-]{1,80}")) {
      problems.add("the host name '%s' cannot serve as instance.id: set one", config.instanceId());
    }
  }

  private static String hostName() {
    try {
      return InetAddress.getLocalHost().getHostName();
    } catch (UnknownHostException e) {
      return "localhost";
    }
  }
}
