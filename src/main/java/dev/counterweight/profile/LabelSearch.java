package dev.counterweight.profile;

import dev.counterweight.event.Shown;
import dev.counterweight.event.Suggestion;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Finds the field that holds the class: by its name, or as the only one of few values. */
final class LabelSearch {
  private static final int MOST_CLASSES = 50;

  /** Events a value at least: fewer than these, and most values may still be to come. */
  private static final int EVENTS_A_VALUE = 2;

  private static final List<String> NAMES =
      Words.words(
          """
          label class target outcome isfraud fraud groundtruth ytrue y classlabel targetclass
          labelname fraudlabel chargeback churn churned defaulted truth
          """);
  private static final List<String> WORDS =
      Words.words(
          """
          label class target outcome fraud fraudulent churn default anomaly anomalous verdict result
          chargeback spam attack success failed failure converted clicked accepted
          """);

  private final TopicProfile profile;

  LabelSearch(TopicProfile profile) {
    this.profile = profile;
  }

  /**
   * @param given the field that a person named; null to search
   */
  Label find(@Nullable String given) {
    return given == null ? search() : named(given);
  }

  private Label named(String path) {
    FieldProfile field = profile.fields().get(path);
    if (field == null) {
      return new Label.Unknown(
          "the sample has no field '%s'%s"
              .formatted(
                  Shown.text(path),
                  Suggestion.closest(path, profile.fields().keySet())
                      .map(name -> ": did you mean '" + Shown.text(name) + "'?")
                      .orElse("")),
          candidates());
    }
    List<ClassValue> classes = ClassValue.of(field.counts());
    if (field.scalars() < field.present() || classes.size() < 2) {
      return new Label.Unknown(
          "field '%s' is no label: it has %s, and must have from 2 to %,d classes"
              .formatted(Shown.text(path), held(field), FieldProfile.COUNTED),
          candidates());
    }
    return known(path, field, "as --label says");
  }

  private static String held(FieldProfile field) {
    if (field.scalars() < field.present() || field.present() == 0) {
      return field.present() == 0 ? "no value" : "values that are no texts, numbers or flags";
    }
    return Evidence.distinct(field);
  }

  private Label search() {
    List<Label.Known> candidates = candidates();
    List<Label.Known> named =
        candidates.stream().filter(c -> NAMES.contains(Words.joined(c.path()))).toList();
    if (named.isEmpty()) {
      named = candidates.stream().filter(LabelSearch::spoken).toList();
    }
    if (named.size() == 1) {
      return named.get(0);
    }
    if (candidates.size() == 1) {
      Label.Known only = candidates.get(0);
      return new Label.Known(
          only.path(), "the only field of few values", only.classes(), only.missing());
    }
    return new Label.Unknown(
        named.size() > 1
            ? "several fields have the name of a label"
            : candidates.isEmpty()
                ? "no field has from 2 to %d values".formatted(MOST_CLASSES)
                : "no name tells which field of few values is the label",
        named.size() > 1 ? named : candidates);
  }

  private static boolean spoken(Label.Known candidate) {
    return Words.of(candidate.path()).stream().anyMatch(WORDS::contains);
  }

  private List<Label.Known> candidates() {
    List<Label.Known> candidates = new ArrayList<>();
    for (Map.Entry<String, FieldProfile> entry : profile.fields().entrySet()) {
      FieldProfile field = entry.getValue();
      int values = field.counts().size();
      boolean few =
          values >= 2 && values <= MOST_CLASSES && values * EVENTS_A_VALUE <= field.present();
      boolean discrete = field.texts() + field.flags() > 0 || field.allWhole();
      if (few
          && discrete
          && field.scalars() == field.present()
          && field.timeUnit().isEmpty()
          && ClassValue.of(field.counts()).size() >= 2) {
        candidates.add(known(entry.getKey(), field, "by its name"));
      }
    }
    return candidates;
  }

  private Label.Known known(String path, FieldProfile field, String why) {
    List<ClassValue> classes = ClassValue.of(field.counts());
    double missing = (double) (profile.events() - field.present()) / profile.events();
    return new Label.Known(path, why, classes, missing);
  }
}
