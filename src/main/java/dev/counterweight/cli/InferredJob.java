package dev.counterweight.cli;

import dev.counterweight.config.NameList;
import dev.counterweight.event.EventSchema.Envelope;
import dev.counterweight.event.Shown;
import dev.counterweight.profile.ClassValue;
import dev.counterweight.profile.Evidence;
import dev.counterweight.profile.Finding.Feature;
import dev.counterweight.profile.Finding.LeftOut;
import dev.counterweight.profile.Finding.Type;
import dev.counterweight.profile.Inference;
import dev.counterweight.profile.Label;
import dev.counterweight.profile.TopicFormat;
import dev.counterweight.profile.TopicProfile;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** Writes down what was found of a topic, each decision with what it rests on. Not thread-safe. */
final class InferredJob {
  /** What is to be said of such a feature. */
  static final String GIVEAWAY =
      "It tells the label all but always: if it is written once the outcome is known, take it out"
          + " of events.features.";

  private static final int FEW = 10;

  private final JobFile file;
  private final Map<String, ClusterSettings.Setting> given;
  private final Set<String> written = new HashSet<>();

  /**
   * @param given what a person sets, which stands before what is found
   */
  InferredJob(JobFile file, Map<String, ClusterSettings.Setting> given) {
    this.file = file;
    this.given = given;
  }

  void job(String topic, String bootstrapServers) {
    set("job", jobName(topic));
    set("bootstrap.servers", bootstrapServers);
    given.keySet().stream().filter(key -> key.startsWith("kafka.")).forEach(this::setGiven);
  }

  /** A topic's name without what a job's may not have. */
  private static String jobName(String topic) {
    String name = topic.replaceAll("[^a-zA-Z0-9_-]", "-");
    return name.substring(0, Math.min(name.length(), 150));
  }

  /**
   * @param giveaways paths of features that tell the label all but always
   */
  void events(String topic, TopicFormat format, Inference found, Set<String> giveaways) {
    file.heading("Events");
    set("events.topic", topic);
    format(format);
    given.keySet().stream().filter(key -> key.startsWith("events.schema.")).forEach(this::setGiven);
    label(found.label(), format);
    time(found);
    features(found.features(), giveaways);
  }

  private void format(TopicFormat format) {
    if (format instanceof TopicFormat.Json json) {
      set("events.format", "json");
      if (json.envelope() != Envelope.NONE) {
        set("events.envelope", json.envelope().name().toLowerCase(Locale.ROOT));
      }
      if (json.framed() && !given.containsKey("events.schema.registry")) {
        file.comment(
            "The frame of a schema registry is passed over: JSON tells its fields itself.");
        set("events.schema.frame", "confluent");
      }
    } else if (format instanceof TopicFormat.Typed typed) {
      set("events.format", typed.format());
      if (typed.framed() && !given.containsKey("events.schema.registry")) {
        set("events.schema.frame", "confluent");
      }
      if (typed.envelope() != Envelope.NONE) {
        set("events.envelope", typed.envelope().name().toLowerCase(Locale.ROOT));
      }
    } else if (format instanceof TopicFormat.Csv csv) {
      set("events.format", "csv");
      file.comment(
          csv.rows().named()
              ? "A record of the topic is a line of names, which is no event: it becomes a dead"
                  + " letter."
              : "The topic does not name its columns: c1 is the first one. Give names of your own"
                  + " here, and in the keys below.");
      list("events.columns", csv.rows().columns());
    } else if (format instanceof TopicFormat.Float32) {
      set("events.format", "float32");
      file.comment("The topic names neither features nor classes: the last float is the class.");
    }
  }

  private void label(Label label, TopicFormat format) {
    if (label instanceof Label.Known known) {
      file.heading("The label: " + known.why() + ".");
      label(known, format instanceof TopicFormat.Float32);
      return;
    }
    Label.Unknown unknown = (Label.Unknown) label;
    file.heading(
        "TO BE FILLED IN, the one thing that the sample does not tell: the label; "
            + unknown.why()
            + ". Run init again with --label FIELD, or take two of these lines, and the field out"
            + " of events.features.");
    for (Label.Known candidate : unknown.candidates()) {
      file.comment(shares(candidate.classes()));
      file.suggestion("events.label", candidate.path());
      file.suggestion("events.classes", classes(candidate.classes()));
    }
  }

  private void label(Label.Known known, boolean indexes) {
    set("events.label", known.path());
    file.comment("In the sample: " + shares(known.classes()) + ".");
    if (known.classes().stream().anyMatch(value -> value.names().size() > 1)) {
      file.comment("What stands behind a | is taken for another writing of the same class.");
    }
    file.comment("An event of a class that is not listed becomes a dead letter.");
    set("events.classes", indexes ? upTo(known.classes()) : classes(known.classes()));
    if (known.missing() > 0) {
      file.comment(
          Evidence.percent(known.missing())
              + " of the events have no label: they are passed over, and counted.");
      set("events.unlabelled", "skip");
    }
  }

  /** Of indexes every one, in their order: that is what they mean. */
  private static String upTo(List<ClassValue> classes) {
    int last =
        classes.stream().mapToInt(value -> Integer.parseInt(value.names().get(0))).max().orElse(1);
    return IntStream.rangeClosed(0, last)
        .mapToObj(Integer::toString)
        .collect(Collectors.joining(","));
  }

  private static String classes(List<ClassValue> classes) {
    return classes.stream()
        .map(value -> value.names().stream().map(NameList::quoted).collect(Collectors.joining("|")))
        .collect(Collectors.joining(","));
  }

  /** How the sample's events are spread over the classes. */
  static String shares(List<ClassValue> classes) {
    double all = classes.stream().mapToLong(ClassValue::events).sum();
    return classes.stream()
        .map(
            value ->
                String.format(
                    Locale.ROOT,
                    "%s %,d (%s)%s",
                    Shown.text(value.names().get(0)),
                    value.events(),
                    Evidence.percent(value.events() / all),
                    value.events() < FEW ? " few" : ""))
        .collect(Collectors.joining(", "));
  }

  private void time(Inference found) {
    Feature time = found.time();
    if (time == null) {
      file.heading("No field is surely the event time: the records' timestamps are.");
      given.keySet().stream().filter(key -> key.startsWith("events.time")).forEach(this::setGiven);
      return;
    }
    file.heading("The event time: " + time.evidence() + ".");
    set("events.time", time.path());
    set("events.time.unit", found.timeUnit().toString());
  }

  private void features(List<Feature> features, Set<String> giveaways) {
    Map<String, Feature> named = new LinkedHashMap<>();
    features.forEach(feature -> named.put(unique(name(feature.path()), named.keySet()), feature));
    file.heading("Features, in feature order; what the sample shows of each stands below.");
    list("events.features", List.copyOf(named.keySet()));
    file.heading(
        "Of each feature. One that was never missing in the sample may not be missing later either:"
            + " events.missing=mean would allow it.");
    named.forEach(
        (name, feature) -> {
          feature(name, feature);
          if (giveaways.contains(feature.path())) {
            file.comment("  " + GIVEAWAY);
          }
        });
  }

  private void feature(String name, Feature feature) {
    String key = "feature." + name + ".";
    file.comment(
        Shown.text(feature.path())
            + ": "
            + feature.type().name().toLowerCase(Locale.ROOT)
            + "; "
            + feature.evidence());
    if (!name.equals(feature.path())) {
      set(key + "path", feature.path());
    }
    if (feature.type() != Type.NUMBER) {
      set(key + "type", feature.type().name().toLowerCase(Locale.ROOT));
    }
    if (feature.unit() != null) {
      set(key + "unit", feature.unit().toString());
    }
    if (feature.buckets() > 0) {
      set(key + "buckets", Integer.toString(feature.buckets()));
    }
    if (feature.items() > 0) {
      set(key + "items", Integer.toString(feature.items()));
    }
    if (feature.mayBeMissing()) {
      set(key + "missing", "mean");
    }
  }

  /** A path as a name that reads well in a key and in a list. */
  private static String name(String path) {
    return path.replaceAll("[^\\p{L}\\p{N}_.\\[\\]@/-]", "_");
  }

  private static String unique(String name, Set<String> taken) {
    String unique = name;
    for (int i = 2; taken.contains(unique); i++) {
      unique = name + "_" + i;
    }
    return unique;
  }

  /** What is not used of the events, and why. */
  void leftOut(Inference found, TopicProfile profile) {
    if (!found.leftOut().isEmpty() || !profile.unnamed().isEmpty() || profile.more()) {
      file.heading("Left out:");
    }
    found.leftOut().forEach(left -> file.comment("  " + shown(left)));
    if (!profile.unnamed().isEmpty()) {
      file.comment(
          "  fields whose names no configuration can hold: "
              + String.join(", ", profile.unnamed()));
    }
    if (profile.more()) {
      file.comment("  more fields than are looked at, or deeper ones");
    }
  }

  /** A field that is left out, with the reason. */
  static String shown(LeftOut left) {
    String path = Shown.text(left.path());
    return path + (path.endsWith(":") ? " " : ": ") + left.evidence();
  }

  /** Where checkpoints go, and what else a person set. */
  void rest(String topic) {
    file.heading("Where checkpoints are kept.");
    set("checkpoint.dir", "checkpoints/" + jobName(topic));
    List<String> rest = given.keySet().stream().filter(key -> !written.contains(key)).toList();
    if (!rest.isEmpty()) {
      file.heading("As given to init.");
      rest.forEach(this::setGiven);
    }
  }

  private void set(String key, String value) {
    if (given.containsKey(key)) {
      setGiven(key);
    } else {
      written.add(key);
      file.set(key, value);
    }
  }

  private void list(String key, List<String> names) {
    if (given.containsKey(key)) {
      setGiven(key);
    } else {
      written.add(key);
      file.list(key, names);
    }
  }

  private void setGiven(String key) {
    ClusterSettings.Setting setting = given.get(key);
    if (setting != null && written.add(key)) {
      if (setting.toBeSet()) {
        file.comment("A secret, which is not written here: put it into this variable.");
      }
      file.set(key, setting.written(), setting.value());
    }
  }
}
