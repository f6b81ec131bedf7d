package dev.counterweight.protocol;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.IntFunction;
import org.jspecify.annotations.Nullable;

/** Values under the names of the classes they are of, in the classes' order. */
public final class ByClass {
  private ByClass() {}

  /**
   * {class: value}; a class without one is absent.
   *
   * @param value of the class of an index, or null
   */
  public static <V> Map<String, V> of(List<String> classes, IntFunction<@Nullable V> value) {
    Map<String, V> values = new LinkedHashMap<>();
    for (int c = 0; c < classes.size(); c++) {
      V one = value.apply(c);
      if (one != null) {
        values.put(classes.get(c), one);
      }
    }
    return Collections.unmodifiableMap(values);
  }
}
