package dev.counterweight.config;

import dev.counterweight.event.EventFormat;
import dev.counterweight.event.EventSchema;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Pattern;
import org.apache.kafka.common.config.ConfigException;
import org.apache.kafka.common.config.ConfigTransformer;
import org.apache.kafka.common.config.ConfigValue;
import org.apache.kafka.common.config.provider.ConfigProvider;
import org.apache.kafka.common.config.provider.DirectoryConfigProvider;
import org.apache.kafka.common.config.provider.EnvVarConfigProvider;
import org.apache.kafka.common.config.provider.FileConfigProvider;

/**
 * Turns key-value pairs into a {@link JobConfig}, or into the list of everything wrong with them.
 */
public final class JobConfigLoader {
  /** Set by the roles themselves: the guarantees rest on them. */
  private static final Set<String> REFUSED_CLIENT_KEYS =
      Set.of(
          "bootstrap.servers",
          "isolation.level",
          "enable.auto.commit",
          "group.id",
          "application.id",
          "transactional.id",
          "acks",
          "enable.idempotence",
          "auto.offset.reset",
          "processing.guarantee");

  /** Kafka Streams hands a client the keys under its prefix: refused ones stay refused there. */
  private static final Pattern STREAMS_PREFIX =
      Pattern.compile("^((main\\.|restore\\.|global\\.)?consumer|producer|admin)\\.");

  private static final Pattern REFERENCE = Pattern.compile("\\$\\{(env|file|directory):[^}]*\\}");

  private static final long MAX_COMMIT_INTERVAL_MS = 5_000;

  private JobConfigLoader() {}

  /**
   * Checks and converts a configuration. References such as {@code ${env:NAME}}, {@code
   * ${file:path:key}} and {@code ${directory:path:name}} are resolved by Kafka's own providers.
   *
   * @throws InvalidConfigException with every problem found, not only the first
   */
  public static JobConfig load(Map<String, String> values) {
    List<String> problems = new ArrayList<>();
    Map<String, String> resolved = resolve(values, problems);
    Map<String, String> clients = new TreeMap<>();
    Map<String, String> own = new HashMap<>();
    resolved.forEach(
        (key, value) -> {
          if (key.startsWith(JobKeys.KAFKA_PREFIX)) {
            clients.put(key.substring(JobKeys.KAFKA_PREFIX.length()), value);
          } else if (JobKeys.ALL.names().contains(key)) {
            own.put(key, value);
          } else {
            problems.add(unknown(key));
          }
        });
    clients.keySet().stream()
        .filter(key -> REFUSED_CLIENT_KEYS.contains(STREAMS_PREFIX.matcher(key).replaceFirst("")))
        .forEach(key -> problems.add(refused(key)));
    Map<String, ConfigValue> checked = JobKeys.ALL.validateAll(own);
    checked.values().forEach(value -> problems.addAll(value.errorMessages()));
    if (problems.isEmpty()) {
      Values v = new Values(JobKeys.ALL.parse(own));
      JobConfig config = build(v, clients);
      problems.addAll(ruleProblems(config));
      if (problems.isEmpty()) {
        return config;
      }
    }
    throw new InvalidConfigException(problems.stream().sorted().toList());
  }

  private static Map<String, String> resolve(Map<String, String> values, List<String> problems) {
    Map<String, ConfigProvider> providers =
        Map.of(
            "env", new EnvVarConfigProvider(),
            "file", new FileConfigProvider(),
            "directory", new DirectoryConfigProvider());
    try {
      providers.values().forEach(provider -> provider.configure(Map.of()));
      Map<String, String> resolved = new ConfigTransformer(providers).transform(values).data();
      resolved.forEach(
          (key, value) -> {
            // Only the key is named: beside the reference there may be a secret.
            if (value != null && REFERENCE.matcher(value).find()) {
              problems.add(
                  "key '" + key + "' refers to a variable, file or folder entry that is not there");
            }
          });
      return resolved;
    } catch (ConfigException e) {
      problems.add("a reference such as ${file:path:key} cannot be resolved: " + e.getMessage());
      return values;
    } finally {
      providers.values().forEach(JobConfigLoader::close);
    }
  }

  private static void close(ConfigProvider provider) {
    try {
      provider.close();
    } catch (java.io.IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  private static String unknown(String key) {
    return "unknown key '"
        + key
        + "'"
        + Suggestion.closest(key, JobKeys.ALL.names())
            .map(name -> ": did you mean '" + name + "'?")
            .orElse(": `counterweight config` lists the keys");
  }

  private static String refused(String key) {
    return "key 'kafka." + key + "' is set by Counterweight itself: remove it";
  }

  private static JobConfig build(Values v, Map<String, String> clients) {
    return new JobConfig(
        v.text(JobKeys.JOB),
        v.has(JobKeys.INSTANCE_ID) ? v.text(JobKeys.INSTANCE_ID) : hostName(),
        v.number(JobKeys.SEED).longValue(),
        new KafkaConfig(v.text(JobKeys.BOOTSTRAP_SERVERS), clients),
        events(v),
        new CounterConfig(
            formula(v),
            v.number(JobKeys.WEIGHTS_MAX_RATIO).doubleValue(),
            HalfLife.parse(v.text(JobKeys.COUNTS_HALF_LIFE)).orElseThrow(),
            v.number(JobKeys.WEIGHTS_MIN_CHANGE).doubleValue(),
            v.durationMs(JobKeys.WEIGHTS_UPDATE_INTERVAL),
            v.number(JobKeys.WEIGHTS_UPDATE_EVENTS).longValue()),
        sampler(v),
        trainer(v),
        new MetricsConfig(v.text(JobKeys.METRICS_HOST), v.number(JobKeys.METRICS_PORT).intValue()));
  }

  private static EventsConfig events(Values v) {
    return new EventsConfig(
        v.text(JobKeys.EVENTS_TOPIC),
        v.choice(JobKeys.EVENTS_FORMAT, EventFormat.class),
        v.choice(JobKeys.EVENTS_START, EventsConfig.Start.class),
        new EventSchema(
            v.list(JobKeys.EVENTS_FEATURES),
            v.text(JobKeys.EVENTS_LABEL),
            v.list(JobKeys.EVENTS_CLASSES),
            v.has(JobKeys.EVENTS_TIME) ? v.text(JobKeys.EVENTS_TIME) : null,
            v.has(JobKeys.EVENTS_IMPORTANCE) ? v.text(JobKeys.EVENTS_IMPORTANCE) : null),
        v.durationMs(JobKeys.EVENTS_MAX_FUTURE),
        v.choice(JobKeys.EVENTS_LOST, EventsConfig.Lost.class));
  }

  private static FormulaConfig formula(Values v) {
    return new FormulaConfig(
        v.text(JobKeys.WEIGHTS_FORMULA),
        v.number(JobKeys.WEIGHTS_SMOOTHING).doubleValue(),
        v.number(JobKeys.WEIGHTS_POWER).doubleValue(),
        v.number(JobKeys.WEIGHTS_BETA).doubleValue(),
        v.list(JobKeys.WEIGHTS_FIXED).stream().map(Double::valueOf).toList());
  }

  private static SamplerConfig sampler(Values v) {
    return new SamplerConfig(
        v.text(JobKeys.SAMPLER_WEIGHTS),
        v.number(JobKeys.SAMPLER_DRAWS_PER_EVENT).doubleValue(),
        v.number(JobKeys.SAMPLER_MAX_USES).doubleValue(),
        v.number(JobKeys.SAMPLER_ARRIVAL_SHARE).doubleValue(),
        v.number(JobKeys.SAMPLER_MEMORY).intValue(),
        v.bytes(JobKeys.SAMPLER_MEMORY_REFILL),
        v.number(JobKeys.SAMPLER_RECORD_DRAWS).intValue(),
        v.number(JobKeys.SAMPLER_SPAN_MAX_EVENTS).intValue(),
        v.durationMs(JobKeys.SAMPLER_LINGER),
        v.durationMs(JobKeys.SAMPLER_COMMIT_INTERVAL),
        (int) Math.min(Integer.MAX_VALUE, v.bytes(JobKeys.SAMPLER_RECORD_MAX_BYTES)),
        v.number(JobKeys.EVALUATION_SHARE).doubleValue());
  }

  private static TrainerConfig trainer(Values v) {
    return new TrainerConfig(
        v.choice(JobKeys.MODEL, TrainerConfig.Model.class),
        v.list(JobKeys.MODEL_HIDDEN).stream().map(Integer::valueOf).toList(),
        v.number(JobKeys.BATCH_SIZE).intValue(),
        v.text(JobKeys.LOSS),
        v.choice(JobKeys.LOSS_REDUCTION, TrainerConfig.Reduction.class),
        v.choice(JobKeys.OPTIMIZER, TrainerConfig.Optimizer.class),
        v.number(JobKeys.LEARNING_RATE).doubleValue(),
        v.number(JobKeys.MOMENTUM).doubleValue(),
        v.number(JobKeys.WEIGHT_DECAY).doubleValue(),
        v.number(JobKeys.GRADIENT_CLIP).doubleValue(),
        v.flag(JobKeys.CALIBRATE),
        v.text(JobKeys.DEVICE),
        Path.of(v.text(JobKeys.CHECKPOINT_DIR)),
        v.number(JobKeys.CHECKPOINT_EVERY_STEPS).longValue(),
        v.durationMs(JobKeys.CHECKPOINT_INTERVAL),
        v.number(JobKeys.CHECKPOINT_KEEP).intValue());
  }

  private static List<String> ruleProblems(JobConfig config) {
    List<String> problems = new ArrayList<>();
    EventSchema schema = config.events().schema();
    Set<String> fields = new HashSet<>(schema.features());
    for (String field :
        java.util.Arrays.asList(schema.label(), schema.time(), schema.importance())) {
      if (field != null && !fields.add(field)) {
        problems.add(
            "field '"
                + field
                + "' is named twice among events.features, .label, .time and .importance");
      }
    }
    if (config.events().format() == EventFormat.FLOAT32
        && (schema.time() != null || schema.importance() != null)) {
      problems.add(
          "events.time and events.importance need a format with named fields, not float32");
    }
    SamplerConfig sampler = config.sampler();
    problems.addAll(
        FormulaRules.problems(config.counter().formula(), sampler.weights(), schema.classes()));
    if (sampler.drawsPerEvent() > sampler.maxUses()) {
      problems.add(
          "%s=%s: must be at most %s=%s"
              .formatted(
                  JobKeys.SAMPLER_DRAWS_PER_EVENT,
                  sampler.drawsPerEvent(),
                  JobKeys.SAMPLER_MAX_USES,
                  sampler.maxUses()));
    }
    if (sampler.commitIntervalMs() > MAX_COMMIT_INTERVAL_MS) {
      problems.add(JobKeys.SAMPLER_COMMIT_INTERVAL + ": must be at most 5s");
    }
    if (!config.instanceId().matches("[a-zA-Z0-9._-]{1,80}")) {
      problems.add(
          "the host name '" + config.instanceId() + "' cannot serve as instance.id: set one");
    }
    return problems;
  }

  private static String hostName() {
    try {
      return InetAddress.getLocalHost().getHostName();
    } catch (UnknownHostException e) {
      return "localhost";
    }
  }

  /** Typed access to parsed values. */
  private record Values(Map<String, Object> parsed) {
    boolean has(String key) {
      return parsed.get(key) != null;
    }

    String text(String key) {
      return String.valueOf(parsed.get(key));
    }

    Number number(String key) {
      if (parsed.get(key) instanceof Number number) {
        return number;
      }
      throw new IllegalStateException(key + " is no number");
    }

    boolean flag(String key) {
      return Boolean.TRUE.equals(parsed.get(key));
    }

    List<String> list(String key) {
      return parsed.get(key) instanceof List<?> items
          ? items.stream().map(Object::toString).toList()
          : List.of();
    }

    long durationMs(String key) {
      return Amount.parse(Amount.Kind.DURATION, text(key));
    }

    long bytes(String key) {
      return Amount.parse(Amount.Kind.SIZE, text(key));
    }

    <E extends Enum<E>> E choice(String key, Class<E> type) {
      return Enum.valueOf(type, text(key).toUpperCase(Locale.ROOT).replace('-', '_'));
    }
  }
}
