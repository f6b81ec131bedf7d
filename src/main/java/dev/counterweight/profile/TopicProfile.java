package dev.counterweight.profile;

import dev.counterweight.event.FieldPath;
import dev.counterweight.event.Shown;
import dev.counterweight.event.Value;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The fields of a sample of events, by path, nested ones as {@code card.country}, of an array of
 * objects those of the first. Fields beyond {@value #MOST_FIELDS} and nested deeper than {@value
 * #DEEPEST} are left out, and counted. Not thread-safe.
 */
public final class TopicProfile {
  static final int MOST_FIELDS = 1000;
  private static final int DEEPEST = 16;
  private static final int LONGEST_PATH = 300;

  private static final int MOST_SHOWN = 20;

  /** Arrays of one length, this at most, are looked at place by place. */
  private static final int LONGEST_VECTOR = 64;

  /** A field, the names by which it was found, and the path of what it stands in. */
  private record Found(FieldProfile profile, String steps, String parent) {}

  private final Map<String, Found> fields = new LinkedHashMap<>();
  private final Set<String> ambiguous = new LinkedHashSet<>();
  private final Set<String> unnamed = new LinkedHashSet<>();
  private final @Nullable String wanted;
  private long events;
  private boolean more;

  /** Of no event yet. */
  public TopicProfile() {
    this(null);
  }

  /**
   * Of no event yet.
   *
   * @param wanted the path of a field that is looked at, however many stand before it
   */
  public TopicProfile(@Nullable String wanted) {
    this.wanted = wanted;
  }

  /** Takes in an event that has its value alone. */
  public void add(Value event) {
    add(event, Map.of());
  }

  /**
   * Takes in an event.
   *
   * @param event its object of fields
   * @param outside texts beside the value, by path: {@code key:} and {@code header:NAME}
   */
  public void add(Value event, Map<String, String> outside) {
    events++;
    if (event instanceof Value.Fields object) {
      walk("", "", "", object, 0);
    }
    outside.forEach((path, text) -> visit("", path, "", new Value.Text(text), 0));
  }

  /** What stands at a path of members, of whose names the longest wins. */
  static Optional<Value> at(Value event, String path) {
    if (!(event instanceof Value.Fields object)) {
      return Optional.empty();
    }
    Value whole = object.values().get(path);
    if (whole != null) {
      return Optional.of(whole);
    }
    for (int dot = path.lastIndexOf('.'); dot > 0; dot = path.lastIndexOf('.', dot - 1)) {
      Value inner = object.values().get(path.substring(0, dot));
      if (inner != null) {
        return at(inner, path.substring(dot + 1));
      }
    }
    return Optional.empty();
  }

  /** Events taken in. */
  public long events() {
    return events;
  }

  /**
   * {path: field}, in the order in which they came, those of one object together; without {@link
   * #ambiguous}.
   */
  public Map<String, FieldProfile> fields() {
    Map<String, List<String>> byParent = new LinkedHashMap<>();
    fields.forEach(
        (path, found) ->
            byParent.computeIfAbsent(found.parent(), p -> new ArrayList<>()).add(path));
    Map<String, FieldProfile> sound = new LinkedHashMap<>();
    byParent.getOrDefault("", List.of()).forEach(path -> gather(path, byParent, sound));
    sound.keySet().removeAll(ambiguous);
    return sound;
  }

  private void gather(
      String path, Map<String, List<String>> byParent, Map<String, FieldProfile> to) {
    Found found = fields.get(path);
    if (found != null) {
      to.put(path, found.profile());
      byParent.getOrDefault(path, List.of()).forEach(inner -> gather(inner, byParent, to));
    }
  }

  /** Paths that lead to two fields: of {@code a.b} itself, and of {@code b} in {@code a}. */
  public Set<String> ambiguous() {
    return Set.copyOf(ambiguous);
  }

  /** Fields whose names no configuration can hold, as they are shown; the first of them. */
  public Set<String> unnamed() {
    return Set.copyOf(unnamed);
  }

  /**
   * Whether a configuration can name it: there blanks around a value are dropped, references are
   * followed, and some beginnings lead elsewhere.
   */
  private static boolean expressible(String path, boolean outside) {
    return !path.isBlank()
        && path.equals(path.strip())
        && writable(path)
        && (outside || FieldPath.parse(path).source() == FieldPath.Source.VALUE);
  }

  /**
   * Whether a configuration holds a text as it stands: {@code ${env:X}} is what the environment
   * says, which whoever writes events must not have read out.
   */
  public static boolean writable(String text) {
    return !text.contains("${");
  }

  /** Whether there were more fields, or deeper ones, than are looked at. */
  public boolean more() {
    return more;
  }

  private void walk(String parent, String prefix, String steps, Value.Fields object, int depth) {
    object
        .values()
        .forEach((name, value) -> visit(parent, prefix + name, steps + '\0' + name, value, depth));
  }

  private void visit(String parent, String path, String steps, Value value, int depth) {
    if (!expressible(path, steps.isEmpty())) {
      if (unnamed.size() < MOST_SHOWN) {
        unnamed.add(Shown.text(path));
      }
      return;
    }
    Found found = fields.get(path);
    if (found == null) {
      boolean room = fields.size() < MOST_FIELDS || leadsToWanted(path);
      if (depth > DEEPEST || path.length() > LONGEST_PATH || !room) {
        more = true;
        return;
      }
      found = new Found(new FieldProfile(), steps, parent);
      fields.put(path, found);
    } else if (!found.steps().equals(steps)) {
      ambiguous.add(path);
      return;
    }
    found.profile().add(value);
    if (value instanceof Value.Fields inner) {
      walk(path, path + '.', steps, inner, depth + 1);
    } else if (value instanceof Value.Items items) {
      places(path, steps, items.values(), depth + 1);
    }
  }

  private boolean leadsToWanted(String path) {
    return wanted != null
        && wanted.startsWith(path)
        && (wanted.length() == path.length() || ".[".indexOf(wanted.charAt(path.length())) >= 0);
  }

  /** Of objects the first; of numbers each, in case they are a vector. */
  private void places(String path, String steps, List<Value> values, int depth) {
    if (!values.isEmpty() && values.get(0) instanceof Value.Fields) {
      visit(path, path + "[0]", steps + "\0[0]", values.get(0), depth);
    } else if (values.size() <= LONGEST_VECTOR
        && values.stream().allMatch(Value.Numeral.class::isInstance)) {
      for (int i = 0; i < values.size(); i++) {
        String place = "[" + i + "]";
        visit(path, path + place, steps + '\0' + place, values.get(i), depth);
      }
    }
  }
}
