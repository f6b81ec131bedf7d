package dev.counterweight.profile;

import dev.counterweight.event.EventTimeUnit;
import dev.counterweight.event.FieldPath;
import dev.counterweight.profile.Finding.Feature;
import dev.counterweight.profile.Finding.LeftOut;
import dev.counterweight.profile.Finding.Type;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What of a topic's fields is what: label, event time, features, and what is left out.
 *
 * @param events of the sample
 * @param time the field that holds the event time; null for the record's own
 */
public record Inference(
    long events,
    Label label,
    @Nullable Feature time,
    List<Feature> features,
    List<LeftOut> leftOut) {
  private static final Pattern PLACE = Pattern.compile("(.*)\\[\\d+]");

  /** Names of an event's own time, the surest first. */
  private static final List<String> TIME_NAMES =
      Words.words(
          """
          eventtime eventtimestamp eventts eventtimems timestamp ts tsms timestampms time datetime
          occurredat eventdate transactiontime transactiondate createdat created date at
          """);

  public Inference {
    features = List.copyOf(features);
    leftOut = List.copyOf(leftOut);
  }

  /**
   * Decides by what the sample shows.
   *
   * @param label the field that holds the class, if a person said so
   * @param timed whether the event time may be a field
   * @param optional paths of values that may be missing later, though none was
   */
  public static Inference of(
      TopicProfile profile, @Nullable String label, boolean timed, Set<String> optional) {
    Label found = new LabelSearch(profile).find(label);
    List<Feature> features = new ArrayList<>();
    List<LeftOut> leftOut = new ArrayList<>();
    Judge judge = new Judge(profile.events(), optional);
    Map<String, FieldProfile> fields = profile.fields();
    fields.forEach(
        (path, field) -> {
          if (isLabel(found, path) || placeOfNoVector(path, fields)) {
            return;
          }
          if (outside(path)) {
            leftOut.add(
                new LeftOut(path, "stands outside the value; " + Evidence.values(field), false));
            return;
          }
          judge.of(path, field).ifPresent(finding -> sort(finding, features, leftOut));
        });
    profile
        .ambiguous()
        .forEach(path -> leftOut.add(new LeftOut(path, "two fields have this path", true)));
    @Nullable Feature time = timed ? eventTime(features, fields).orElse(null) : null;
    features.remove(time);
    return new Inference(profile.events(), found, time, features, leftOut);
  }

  private static boolean outside(String path) {
    return FieldPath.parse(path).source() != FieldPath.Source.VALUE;
  }

  private static void sort(Finding finding, List<Feature> features, List<LeftOut> leftOut) {
    if (finding instanceof Feature feature) {
      features.add(feature);
    } else if (finding instanceof LeftOut left) {
      leftOut.add(left);
    }
  }

  private static boolean isLabel(Label label, String path) {
    return label instanceof Label.Known known && known.path().equals(path);
  }

  /** Whether it is a number in an array that is read as a whole. */
  private static boolean placeOfNoVector(String path, Map<String, FieldProfile> fields) {
    Matcher place = PLACE.matcher(path);
    FieldProfile array = place.matches() ? fields.get(place.group(1)) : null;
    FieldProfile elements = array == null ? null : array.elements();
    return array != null
        && elements != null
        && elements.objects() == 0
        && !Judge.vector(array, elements);
  }

  private static Optional<Feature> eventTime(
      List<Feature> features, Map<String, FieldProfile> fields) {
    return features.stream()
        .filter(feature -> feature.type() == Type.TIME && feature.missing() == 0)
        .filter(
            feature -> {
              FieldProfile field = fields.get(feature.path());
              return field != null && !field.local();
            })
        .filter(feature -> TIME_NAMES.contains(Words.joined(feature.path())))
        .min(Comparator.comparingInt(feature -> TIME_NAMES.indexOf(Words.joined(feature.path()))));
  }

  /** The unit that {@link #time} is in. */
  public EventTimeUnit timeUnit() {
    return time == null || time.unit() == null ? EventTimeUnit.MS : time.unit();
  }
}
