package dev.counterweight.config;

import static dev.counterweight.config.Declaration.key;
import static dev.counterweight.config.Declaration.required;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.common.config.ConfigDef.Type;

/** The keys of the job itself, and the declaration of all keys. */
final class JobKeys {
  static final String JOB = "job";
  static final String BOOTSTRAP_SERVERS = "bootstrap.servers";
  static final String INSTANCE_ID = "instance.id";
  static final String SEED = "seed";
  static final String METRICS_HOST = "metrics.host";
  static final String METRICS_PORT = "metrics.port";
  static final String HEALTH_KAFKA_AWAY = "health.kafka.away";
  static final String METRICS_ALLOWED_HOSTS = "metrics.allowed.hosts";

  /** Client properties go to Kafka as they are, without this prefix. */
  static final String KAFKA_PREFIX = "kafka.";

  static final ConfigDef ALL = declareAll();

  private JobKeys() {}

  static void declare(ConfigDef def) {
    job(def);
    metrics(def);
  }

  private static void job(ConfigDef def) {
    required(
        def,
        JOB,
        Type.STRING,
        // What a prefixed right covers ends at the first dot.
        Rule.matching(
            "[a-zA-Z0-9_-]{1,150}",
            "1 to 150 of a-z, A-Z, 0-9, '_' and '-', without a dot: a right on the prefix 'fraud.'"
                + " would reach into a job 'fraud.eu'"),
        "Name of the job; it and a dot begin the names of its topics, groups and transactional"
            + " ids.");
    required(
        def,
        BOOTSTRAP_SERVERS,
        Type.STRING,
        Rule.notBlank(),
        "Kafka brokers to start from: host:port, comma-separated.");
    key(
        def,
        INSTANCE_ID,
        Type.STRING,
        null,
        Rule.name(80),
        "Stable part of transactional ids and of checkpoint writers. Default: the host name. "
            + "Two processes with the same role, job and instance.id fence each other.");
    key(
        def,
        SEED,
        Type.LONG,
        1L,
        Rule.range(Long.MIN_VALUE, true, Long.MAX_VALUE),
        "Seed of every random decision: initial parameters, draws, evaluation, shuffling.");
  }

  private static void metrics(ConfigDef def) {
    key(
        def,
        METRICS_HOST,
        Type.STRING,
        "127.0.0.1",
        Rule.notBlank(),
        "Address that /metrics and /health are served on.");
    key(
        def,
        METRICS_PORT,
        Type.INT,
        9464,
        Rule.range(0, true, 65535),
        "Port that /metrics, /health and a counter's /counts and /weights are served on; 0 takes"
            + " any free port. Several processes on a host need one each.");
    key(
        def,
        HEALTH_KAFKA_AWAY,
        Type.STRING,
        "60s",
        Amount.duration(1),
        "How long no broker may answer before /health/ready says 503. The roles wait meanwhile, and"
            + " go on once one does.");
    key(
        def,
        METRICS_ALLOWED_HOSTS,
        Type.LIST,
        "",
        Rule.hosts(),
        "Names, besides addresses, localhost and metrics.host, by which the live page, /status,"
            + " /counts and /weights may be asked for (the request's Host header): a name,"
            + " *.domain, or * for any. /health is answered under any name, and so is /metrics"
            + " unless metrics.host is a loopback address.");
  }

  private static ConfigDef declareAll() {
    ConfigDef def = new ConfigDef();
    declare(def);
    EventKeys.declare(def);
    CounterKeys.declare(def);
    SamplerKeys.declare(def);
    TrainerKeys.declare(def);
    CheckpointKeys.declare(def);
    return def;
  }

  static JobConfig read(Values v, Map<String, String> clients, Map<String, String> streams) {
    return new JobConfig(
        v.text(JOB),
        v.has(INSTANCE_ID) ? v.text(INSTANCE_ID) : hostName(),
        v.whole(SEED),
        new KafkaConfig(v.text(BOOTSTRAP_SERVERS), clients, streams),
        EventKeys.read(v),
        CounterKeys.read(v),
        SamplerKeys.read(v),
        TrainerKeys.read(v),
        new MetricsConfig(
            v.text(METRICS_HOST),
            (int) v.whole(METRICS_PORT),
            Duration.ofMillis(v.durationMs(HEALTH_KAFKA_AWAY)),
            v.list(METRICS_ALLOWED_HOSTS)));
  }

  /** A line for each rule broken between the keys of one part or of several; empty if none is. */
  static List<String> problems(JobConfig config) {
    List<String> problems =
        new ArrayList<>(
            EventKeys.problems(config.events(), config.counter().halfLife(), config.topics()));
    problems.addAll(
        FormulaRules.problems(
            config.counter().formula(),
            config.sampler().policy().weights(),
            config.events().schema().classes()));
    problems.addAll(SamplerKeys.problems(config.sampler(), config.events().schema()));
    problems.addAll(
        ScoringKeys.problems(
            config.trainer().serving(), config.topics(), config.events().schema().classes()));
    problems.addAll(TrainerKeys.problems(config.trainer(), config.events().schema()));
    problems.addAll(LossKeys.problems(config.trainer().loss()));
    problems.addAll(OptimizerKeys.problems(config.trainer().optimizer()));
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
}
