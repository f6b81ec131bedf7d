package dev.counterweight.config;

import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.common.config.ConfigDef.Importance;
import org.apache.kafka.common.config.ConfigDef.Type;
import org.jspecify.annotations.Nullable;

/** The declaration of every configuration key: type, default, rule, meaning and unit. */
final class JobKeys {
  static final String JOB = "job";
  static final String BOOTSTRAP_SERVERS = "bootstrap.servers";
  static final String INSTANCE_ID = "instance.id";
  static final String SEED = "seed";
  static final String EVENTS_TOPIC = "events.topic";
  static final String EVENTS_FORMAT = "events.format";
  static final String EVENTS_START = "events.start";
  static final String EVENTS_LABEL = "events.label";
  static final String EVENTS_CLASSES = "events.classes";
  static final String EVENTS_FEATURES = "events.features";
  static final String EVENTS_TIME = "events.time";
  static final String EVENTS_IMPORTANCE = "events.importance";
  static final String EVENTS_MAX_FUTURE = "events.max.future";
  static final String EVENTS_LOST = "events.lost";
  static final String COUNTS_HALF_LIFE = "counts.half.life";
  static final String WEIGHTS_FORMULA = "weights.formula";
  static final String WEIGHTS_SMOOTHING = "weights.smoothing";
  static final String WEIGHTS_POWER = "weights.power";
  static final String WEIGHTS_BETA = "weights.beta";
  static final String WEIGHTS_FIXED = "weights.fixed";
  static final String WEIGHTS_MAX_RATIO = "weights.max.ratio";
  static final String WEIGHTS_MIN_CHANGE = "weights.min.change";
  static final String WEIGHTS_UPDATE_INTERVAL = "weights.update.interval";
  static final String WEIGHTS_UPDATE_EVENTS = "weights.update.events";
  static final String SAMPLER_WEIGHTS = "sampler.weights";
  static final String SAMPLER_DRAWS_PER_EVENT = "sampler.draws.per.event";
  static final String SAMPLER_MAX_USES = "sampler.max.uses";
  static final String SAMPLER_ARRIVAL_SHARE = "sampler.arrival.share";
  static final String SAMPLER_MEMORY = "sampler.memory";
  static final String SAMPLER_MEMORY_REFILL = "sampler.memory.refill";
  static final String SAMPLER_RECORD_DRAWS = "sampler.record.draws";
  static final String SAMPLER_SPAN_MAX_EVENTS = "sampler.span.max.events";
  static final String SAMPLER_LINGER = "sampler.linger";
  static final String SAMPLER_COMMIT_INTERVAL = "sampler.commit.interval";
  static final String SAMPLER_RECORD_MAX_BYTES = "sampler.record.max.bytes";
  static final String EVALUATION_SHARE = "evaluation.share";
  static final String MODEL = "model";
  static final String MODEL_HIDDEN = "model.hidden";
  static final String BATCH_SIZE = "batch.size";
  static final String LOSS = "loss";
  static final String LOSS_REDUCTION = "loss.reduction";
  static final String OPTIMIZER = "optimizer";
  static final String LEARNING_RATE = "learning.rate";
  static final String MOMENTUM = "momentum";
  static final String WEIGHT_DECAY = "weight.decay";
  static final String GRADIENT_CLIP = "gradient.clip";
  static final String CALIBRATE = "calibrate";
  static final String DEVICE = "device";
  static final String CHECKPOINT_DIR = "checkpoint.dir";
  static final String CHECKPOINT_EVERY_STEPS = "checkpoint.every.steps";
  static final String CHECKPOINT_INTERVAL = "checkpoint.interval";
  static final String CHECKPOINT_KEEP = "checkpoint.keep";
  static final String METRICS_HOST = "metrics.host";
  static final String METRICS_PORT = "metrics.port";

  /** Client properties go to Kafka as they are, without this prefix. */
  static final String KAFKA_PREFIX = "kafka.";

  static final double DEFAULT_SMOOTHING = 1;
  static final double DEFAULT_POWER = 0.5;
  static final double DEFAULT_BETA = 0.9999;

  static final String[] FORMULAS = {
    "balanced", "inverse", "smoothed", "power", "effective-number", "fixed", "none"
  };

  static final ConfigDef ALL = declare();

  private JobKeys() {}

  private static ConfigDef declare() {
    ConfigDef def = new ConfigDef();
    job(def);
    events(def);
    counter(def);
    LearningKeys.declare(def);
    return def;
  }

  private static void job(ConfigDef def) {
    required(
        def,
        JOB,
        Type.STRING,
        Rule.name(150),
        "Name of the job: prefix of its topics, groups and transactional ids.");
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
        "Port that /metrics, /health and a counter's /counts and /weights are served on; 0 takes any free port. "
            + "Several processes on a host need one each.");
  }

  private static void events(ConfigDef def) {
    required(def, EVENTS_TOPIC, Type.STRING, Rule.name(249), "Topic of labelled events.");
    key(
        def,
        EVENTS_FORMAT,
        Type.STRING,
        "json",
        Rule.oneOf("json", "csv", "float32"),
        "json: an object with a field for each feature and the label. csv: one record without a "
            + "header, the features in order, the label, then time and importance if they are named. "
            + "float32: little-endian, the features, then the class index.");
    key(
        def,
        EVENTS_START,
        Type.STRING,
        "earliest",
        Rule.oneOf("earliest", "latest"),
        "Where a new job begins to read. Applied once, by the counter; the other roles follow it.");
    required(def, EVENTS_LABEL, Type.STRING, Rule.notBlank(), "Field that holds the class.");
    required(
        def,
        EVENTS_CLASSES,
        Type.LIST,
        Rule.distinct(2),
        "Label values, in class order: the first is class 0.");
    required(
        def, EVENTS_FEATURES, Type.LIST, Rule.distinct(1), "Feature fields, in feature order.");
    key(
        def,
        EVENTS_TIME,
        Type.STRING,
        null,
        Rule.notBlank(),
        "Field that holds the event time: milliseconds since 1970, or ISO 8601 with offset. "
            + "Default: the record's timestamp.");
    key(
        def,
        EVENTS_IMPORTANCE,
        Type.STRING,
        null,
        Rule.notBlank(),
        "Field that multiplies the event's weight in counts and loss: a number, at least 0. "
            + "Default: 1 for every event.");
    key(
        def,
        EVENTS_MAX_FUTURE,
        Type.STRING,
        "1h",
        Amount.duration(0),
        "How far beyond now an event time may lie; a later one is moved back to that and counted.");
    key(
        def,
        EVENTS_LOST,
        Type.STRING,
        "fail",
        Rule.oneOf("fail", "continue"),
        "What to do when events, or batches not yet trained on, were deleted by retention before "
            + "they were used: stop with the range named, or log it and go on.");
  }

  private static void counter(ConfigDef def) {
    key(
        def,
        COUNTS_HALF_LIFE,
        Type.STRING,
        "none",
        HalfLife.RULE,
        "After how much event time, or how many events of the same partition, a counted event "
            + "counts half: how fast weights follow a stream that drifts. In event time the counts "
            + "do not depend on the order of arrival or on the partitions. A change applies to "
            + "what is counted so far from then on. none: events never fade.");
    key(
        def,
        WEIGHTS_FORMULA,
        Type.STRING,
        "balanced",
        Rule.oneOf(FORMULAS),
        "Class weights w_c that the objective pays, of k classes with n_c events, N in all. "
            + "balanced: N / (k n_c). inverse: 1 / n_c. smoothed: (1 + s) / (n_c + s). "
            + "power: (N / (k n_c))^a. effective-number: (1 - b) / (1 - b^n_c), scaled to sum k. "
            + "fixed: as listed. none: 1. A class not yet seen takes the largest weight.");
    formulaParameters(def);
    key(
        def,
        WEIGHTS_MAX_RATIO,
        Type.DOUBLE,
        10000d,
        Rule.atLeast(1),
        "Cap on the largest class weight, as a multiple of the smallest.");
    key(
        def,
        WEIGHTS_MIN_CHANGE,
        Type.DOUBLE,
        0d,
        Rule.below(0, 1),
        "The published weights stand still until one of them changes by more than this share of "
            + "itself; counts and priors go on. 0 publishes every change.");
    key(
        def,
        WEIGHTS_UPDATE_INTERVAL,
        Type.STRING,
        "1s",
        Amount.duration(10).orNone(),
        "Time between snapshots of the class weights while events flow; while none come, the same "
            + "is published again every ten of it. none publishes by count only.");
    key(
        def,
        WEIGHTS_UPDATE_EVENTS,
        Type.LONG,
        10000L,
        Rule.atLeast(1),
        "While catching up, the most events between snapshots: they come every "
            + "256 x 1.1^(snapshots published) events, at most this.");
  }

  private static void formulaParameters(ConfigDef def) {
    key(
        def,
        WEIGHTS_SMOOTHING,
        Type.DOUBLE,
        DEFAULT_SMOOTHING,
        Rule.atLeast(0),
        "s of the formula smoothed, in events.");
    key(
        def,
        WEIGHTS_POWER,
        Type.DOUBLE,
        DEFAULT_POWER,
        Rule.atLeast(0),
        "a of the formula power: 0 is none, 0.5 the square root, 1 balanced.");
    key(
        def,
        WEIGHTS_BETA,
        Type.DOUBLE,
        DEFAULT_BETA,
        Rule.below(0, 1),
        "b of the formula effective-number. Weights flatten once every class has many more than "
            + "1 / (1 - b) events, which running counts reach sooner or later: set counts.half.life "
            + "with it.");
    key(
        def,
        WEIGHTS_FIXED,
        Type.LIST,
        null,
        Rule.weights(),
        "Weights of the formula fixed: a number for each class, in the order of events.classes. "
            + "0 leaves a class out.");
  }

  static void required(
      ConfigDef def, String name, Type type, ConfigDef.Validator rule, String doc) {
    def.define(name, type, ConfigDef.NO_DEFAULT_VALUE, rule, Importance.HIGH, doc);
  }

  static void key(
      ConfigDef def,
      String name,
      Type type,
      @Nullable Object defaultValue,
      ConfigDef.Validator rule,
      String doc) {
    def.define(name, type, defaultValue, rule, Importance.MEDIUM, doc);
  }
}
