package dev.counterweight.cli;

import dev.counterweight.config.JobConfig;
import dev.counterweight.config.JobConfigLoader;
import dev.counterweight.event.Shown;
import dev.counterweight.kafka.Cluster;
import dev.counterweight.kafka.KafkaClients;
import dev.counterweight.profile.Finding;
import dev.counterweight.profile.Giveaways;
import dev.counterweight.profile.Inference;
import dev.counterweight.profile.Label;
import dev.counterweight.profile.TopicFormat;
import dev.counterweight.profile.TopicProfile;
import dev.counterweight.protocol.FailureException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.common.KafkaException;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Looks at a topic and writes a job file for it. */
@Command(
    name = "init",
    description =
        "Look at a sample of a topic's events and write a job file for it to standard output: the"
            + " format, the fields and what they are good for, the label and its classes, each with"
            + " what it rests on. What cannot be told goes to standard error. Changes nothing."
            + " Exit code 1 if the label is left to be filled in.")
final class InitCommand extends Subcommand {
  @Option(
      names = "--bootstrap-server",
      required = true,
      paramLabel = "HOST:PORT",
      description = "Kafka brokers to start from, comma-separated.")
  private String bootstrapServer = "";

  @Option(
      names = "--topic",
      required = true,
      paramLabel = "NAME",
      description = "The topic of labelled events.")
  private String topic = "";

  @Option(
      names = "--label",
      paramLabel = "FIELD",
      description =
          "The field that holds the class: a name, a path such as order.status, key: or"
              + " header:NAME. Default: the one whose name or values tell.")
  private @Nullable String label;

  @Option(
      names = "--schema-registry",
      paramLabel = "URL",
      description =
          "Base URL of the schema registry whose frames the values bear; credentials by --set"
              + " events.schema.registry.*")
  private @Nullable String schemaRegistry;

  @Option(
      names = "--schema-file",
      paramLabel = "FILE",
      description = "A schema for all events instead: .avsc, .proto or a descriptor set.")
  private @Nullable Path schemaFile;

  @Option(
      names = "--schema-message",
      paramLabel = "NAME",
      description = "The Protobuf message that an event is, where the file has several.")
  private @Nullable String schemaMessage;

  @Option(
      names = "--kafka-config",
      paramLabel = "FILE",
      description =
          "Settings of Kafka's clients, .properties as Kafka's own tools take them; the job file"
              + " refers to the secrets in it.")
  private @Nullable Path kafkaConfig;

  @Option(
      names = "--set",
      paramLabel = "KEY=VALUE",
      description =
          "A key of the job, such as kafka.security.protocol or events.columns; it stands in the"
              + " file instead of what is found. May be repeated. For a secret, a reference to the"
              + " environment is written.")
  private List<String> settings = new ArrayList<>();

  @Override
  int run(PrintWriter out) {
    ClusterSettings given = new ClusterSettings(kafkaConfig, settings);
    given.option("events.schema.registry", schemaRegistry);
    given.option("events.schema.file", schemaFile);
    given.option("events.schema.message", schemaMessage);
    JobConfig reach = reach(given);
    KafkaClients clients = new KafkaClients(reach.kafka());
    try (Cluster cluster = new Cluster(clients, "counterweight.init", reach.kafka())) {
      if (cluster.topics().find(topic).isEmpty()) {
        throw new FailureException(
            "topic '%s' does not exist on %s: correct --topic".formatted(topic, bootstrapServer));
      }
    }
    TopicSample sample = sample(clients);
    TopicFormat format = new SampledFormat(reach, given).of(sample.events());
    if (format instanceof TopicFormat.Unknown unknown) {
      throw new FailureException("topic '%s': %s".formatted(topic, unknown.why()));
    }
    TopicProfile profile = new TopicProfile(label(given));
    sample.records().forEach(record -> OutsideValue.read(format, record, profile::add));
    if (profile.events() == 0) {
      throw new FailureException("topic '" + topic + "': no event of the sample can be read");
    }
    return write(out, given, sample, format, profile);
  }

  private int write(
      PrintWriter out,
      ClusterSettings given,
      TopicSample sample,
      TopicFormat format,
      TopicProfile profile) {
    String field = label(given);
    if (format instanceof TopicFormat.Float32
        && field != null
        && !field.equals(TopicFormat.Float32.LABEL)) {
      throw new FailureException(
          "--label=%s: the values are 32-bit floats, which have no names: the last one is the class"
              .formatted(Shown.text(field)));
    }
    boolean timed = !(format instanceof TopicFormat.Float32) && given.value("events.time") == null;
    Inference found =
        Inference.of(
            profile,
            field == null && format instanceof TopicFormat.Float32
                ? TopicFormat.Float32.LABEL
                : field,
            timed,
            format.optional());
    Set<String> giveaways = giveaways(found, sample, format);
    JobFile file = new JobFile();
    file.comment(
        String.format(
            Locale.ROOT,
            "Written by `counterweight init` from %,d events of %d partitions of topic %s, the"
                + " newest and the oldest of each. Look it through, then: counterweight check"
                + " --config FILE, counterweight run --config FILE.",
            sample.records().size(),
            sample.partitions(),
            topic));
    InferredJob job = new InferredJob(file, given.all());
    job.job(topic, bootstrapServer);
    job.events(topic, format, found, giveaways);
    job.leftOut(found, profile);
    job.rest(topic);
    out.print(file.text());
    out.flush();
    return new InitReport(err(), topic).tell(sample, found, giveaways, file, given);
  }

  private @Nullable String label(ClusterSettings given) {
    return label == null ? given.value("events.label") : label;
  }

  private static Set<String> giveaways(Inference found, TopicSample sample, TopicFormat format) {
    if (!(found.label() instanceof Label.Known label) || !Giveaways.comparable(label)) {
      return Set.of();
    }
    Giveaways giveaways = new Giveaways(label);
    sample.records().forEach(record -> OutsideValue.read(format, record, giveaways::add));
    return giveaways.among(found.features().stream().map(Finding.Feature::path).toList());
  }

  private TopicSample sample(KafkaClients clients) {
    try {
      TopicSample sample = TopicSample.of(clients, topic);
      if (sample.records().isEmpty()) {
        throw new FailureException(
            "topic '%s' has no events yet that could be looked at%s"
                .formatted(
                    topic,
                    sample.tombstones() > 0
                        ? ": nothing but " + sample.tombstones() + " tombstones"
                        : ""));
      }
      return sample;
    } catch (KafkaException e) {
      throw new FailureException(
          "topic '%s' cannot be read: %s%s".formatted(topic, e.getMessage(), CodecProblem.in(e)));
    }
  }

  /** A job of these settings, as far as they say how to reach cluster and registry. */
  private JobConfig reach(ClusterSettings given) {
    Map<String, String> job =
        new HashMap<>(
            Map.of(
                "job", "init",
                "bootstrap.servers", bootstrapServer,
                "events.topic", "init-events",
                "events.label", "label",
                "events.classes", "a,b",
                "events.features", "feature",
                "checkpoint.dir", "."));
    given
        .all()
        .forEach(
            (key, setting) -> {
              if (key.startsWith("kafka.") || key.startsWith("events.schema.registry")) {
                job.put(key, setting.value());
              }
            });
    return JobConfigLoader.load(job);
  }
}
