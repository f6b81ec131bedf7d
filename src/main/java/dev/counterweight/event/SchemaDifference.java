package dev.counterweight.event;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * How a schema that was found differs from the one configured, in words: both as they are where
 * they are short, else only what differs.
 */
record SchemaDifference(Schema found, Schema configured) {
  private static final int MAX_NAMES = 24;
  private static final int MAX_SHOWN = 5;

  String inWords() {
    return isShort()
        ? "%s; configured are %s%s".formatted(whole(found), whole(configured), rule())
        : String.join("; ", parts()) + rule();
  }

  private boolean isShort() {
    return names(found) <= MAX_NAMES && names(configured) <= MAX_NAMES;
  }

  private static int names(Schema schema) {
    return schema.features().size() + schema.classes().size();
  }

  private static String whole(Schema schema) {
    boolean numbers = schema.kinds().stream().allMatch(Schema.NUMBER::equals);
    return "events.features=%s%s, events.label=%s, events.classes=%s (schema %s)"
        .formatted(
            String.join(",", schema.features()),
            numbers ? "" : " of kinds " + String.join(",", schema.kinds()),
            schema.label(),
            String.join(",", schema.classes()),
            schema.hash());
  }

  private List<String> parts() {
    List<String> parts = new ArrayList<>();
    compare(parts, "events.features", found.features(), configured.features());
    if (found.features().equals(configured.features())) {
      compare(parts, "kinds of events.features", found.kinds(), configured.kinds());
    }
    compare(parts, "events.label", List.of(found.label()), List.of(configured.label()));
    compare(parts, "events.classes", found.classes(), configured.classes());
    parts.add("schema %s, configured %s".formatted(found.hash(), configured.hash()));
    return parts;
  }

  private static void compare(
      List<String> parts, String key, List<String> found, List<String> configured) {
    if (found.equals(configured)) {
      return;
    }
    if (found.size() + configured.size() <= 2 * MAX_SHOWN) {
      parts.add(
          "%s=%s; configured is %s=%s"
              .formatted(key, String.join(",", found), key, String.join(",", configured)));
      return;
    }
    List<String> gone = without(found, configured);
    List<String> added = without(configured, found);
    String names =
        gone.isEmpty() && added.isEmpty()
            ? "the same names in another order: " + places(found, configured)
            : "not configured: %s; configured only: %s".formatted(some(gone), some(added));
    parts.add(
        "%s has %d names, configured are %d; %s"
            .formatted(key, found.size(), configured.size(), names));
  }

  private static List<String> without(List<String> names, List<String> others) {
    Set<String> known = new HashSet<>(others);
    return names.stream().filter(name -> !known.contains(name)).toList();
  }

  private static String some(List<String> names) {
    String shown = names.stream().limit(MAX_SHOWN).collect(Collectors.joining(", "));
    if (names.isEmpty()) {
      return "none";
    }
    return names.size() > MAX_SHOWN
        ? shown + " and " + (names.size() - MAX_SHOWN) + " more"
        : shown;
  }

  private static String places(List<String> found, List<String> configured) {
    List<String> places = new ArrayList<>();
    for (int i = 0; i < Math.min(found.size(), configured.size()); i++) {
      if (!found.get(i).equals(configured.get(i))) {
        places.add("%d is %s, not %s".formatted(i + 1, found.get(i), configured.get(i)));
      }
    }
    return some(places);
  }

  /** Of classes alone some change is allowed, and is what people try first. */
  private String rule() {
    return begins(configured.classes(), found.classes())
            || begins(found.classes(), configured.classes())
        ? ""
        : " (classes may be added at the end of events.classes, no more: none is taken out,"
            + " renamed, moved or put between)";
  }

  private static boolean begins(List<String> all, List<String> first) {
    return first.size() <= all.size() && all.subList(0, first.size()).equals(first);
  }
}
