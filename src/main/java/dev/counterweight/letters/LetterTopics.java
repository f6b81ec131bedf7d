package dev.counterweight.letters;

import dev.counterweight.config.EventsConfig;
import dev.counterweight.config.JobConfig;
import dev.counterweight.config.LabelsConfig;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;

/**
 * The topics that a job's letters are of: a letter is published again to the one that it came from.
 * Where labels come later, the joiner refuses events and labels of the user's topics; what the
 * sampler refuses stands in {@code <job>.labelled}, and goes back there with its label: by way of
 * the joiner it would wait again and be written twice. What the scorer refuses of a topic that is
 * scored alone goes back to that.
 *
 * @param names {topic: what its records are}
 */
public record LetterTopics(Map<String, String> names) {
  /** What letters are of where labels stand in the events. */
  public static final String EVENTS = "events";

  static final String LABELS = "labels";
  static final String LABELLED = "labelled events";
  static final String SCORED = "events to be scored";

  public LetterTopics {
    names = java.util.Collections.unmodifiableMap(new LinkedHashMap<>(names));
  }

  /** Those of a job. */
  public static LetterTopics of(JobConfig config) {
    Map<String, String> names = new LinkedHashMap<>();
    LabelsConfig labels = config.labels();
    if (labels == null) {
      names.put(config.events().topic(), EVENTS);
    } else {
      names.put(labels.events().topic(), EVENTS);
      names.put(labels.labels().topic(), LABELS);
      names.put(config.topics().labelled(), LABELLED);
    }
    EventsConfig scored = config.scorer().events();
    if (config.scorer().asked() && scored != null) {
      names.putIfAbsent(scored.topic(), SCORED);
    }
    return new LetterTopics(names);
  }

  /** Their names. */
  public Set<String> all() {
    return names.keySet();
  }

  /** Whether letters may be of several. */
  public boolean several() {
    return names.size() > 1;
  }

  /** What a letter's record is; empty of one that is of none of these topics. */
  public String kind(DeadLetter letter) {
    DeadLetter.Origin origin = letter.origin();
    return origin == null ? "" : names.getOrDefault(origin.topic(), "");
  }
}
