package dev.counterweight.profile;

import dev.counterweight.event.Value;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.DoubleStream;

/**
 * Finds fields that tell the label all but always, by a value or by being there: most were written
 * when the outcome was known, as the reason of a chargeback, and are not there yet when an event is
 * to be judged. Not thread-safe.
 */
public final class Giveaways {
  private static final int MOST_CLASSES = 10;
  private static final int FEWEST_EVENTS = 10;

  /** Mean of the classes' recalls from which on a field is one. */
  private static final double TELLS = 0.99;

  /** With fewer events a value, that could be chance. */
  private static final int EVENTS_A_VALUE = 3;

  private final Label.Known label;
  private final List<TopicProfile> classes = new ArrayList<>();
  private final Map<String, TopicProfile> byName = new HashMap<>();

  /** Of no event yet. */
  public Giveaways(Label.Known label) {
    this.label = label;
    for (ClassValue value : label.classes()) {
      TopicProfile profile = new TopicProfile();
      classes.add(profile);
      value.names().forEach(name -> byName.put(name, profile));
    }
  }

  /** Whether so many classes can be compared. */
  public static boolean comparable(Label.Known label) {
    return label.classes().size() <= MOST_CLASSES;
  }

  /** Takes in an event, as {@link TopicProfile#add(Value, Map)} does. */
  public void add(Value event, Map<String, String> outside) {
    String beside = outside.get(label.path());
    TopicProfile profile =
        byName.get(
            beside == null
                ? TopicProfile.at(event, label.path()).map(FieldProfile::text).orElse("")
                : beside.strip());
    if (profile != null) {
      profile.add(event);
    }
  }

  /** Those among these paths. */
  public Set<String> among(List<String> paths) {
    if (classes.stream().anyMatch(profile -> profile.events() < FEWEST_EVENTS)) {
      return Set.of();
    }
    List<Map<String, FieldProfile>> fields = classes.stream().map(TopicProfile::fields).toList();
    return paths.stream()
        .filter(
            path ->
                tells(fields.stream().map(f -> Optional.ofNullable(f.get(path))).toList()) >= TELLS)
        .collect(Collectors.toSet());
  }

  /** How well a field's values, each taken for the class it is most typical of, tell them apart. */
  private double tells(List<Optional<FieldProfile>> byClass) {
    boolean byValue = fewValues(byClass);
    Map<String, double[]> shares = new HashMap<>();
    for (int c = 0; c < byClass.size(); c++) {
      double events = classes.get(c).events();
      long present = byClass.get(c).map(FieldProfile::present).orElse(0L);
      add(shares, "missing", c, (events - present) / events);
      if (byValue) {
        int index = c;
        byClass
            .get(c)
            .ifPresent(
                field ->
                    field
                        .counts()
                        .forEach((value, n) -> add(shares, "=" + value, index, n / events)));
      } else {
        add(shares, "there", c, present / events);
      }
    }
    return shares.values().stream()
            .mapToDouble(share -> DoubleStream.of(share).max().orElse(0))
            .sum()
        / classes.size();
  }

  /** Whether a field's values were counted, and are few beside the events of each class. */
  private boolean fewValues(List<Optional<FieldProfile>> byClass) {
    Set<String> values = new HashSet<>();
    for (Optional<FieldProfile> field : byClass) {
      if (field.isPresent() && field.get().scalars() > 0 && field.get().counts().isEmpty()) {
        return false;
      }
      field.ifPresent(f -> values.addAll(f.counts().keySet()));
    }
    return !values.isEmpty()
        && classes.stream().allMatch(c -> values.size() * EVENTS_A_VALUE <= c.events());
  }

  private void add(Map<String, double[]> shares, String value, int c, double share) {
    shares.computeIfAbsent(value, v -> new double[classes.size()])[c] += share;
  }
}
