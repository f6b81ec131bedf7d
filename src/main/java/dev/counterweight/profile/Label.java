package dev.counterweight.profile;

import java.util.List;

/** Which field holds the class. */
public sealed interface Label {

  /**
   * A field that does.
   *
   * @param why it is taken for the label
   * @param classes the most frequent first; at least two
   * @param missing share of the events that have none
   */
  record Known(String path, String why, List<ClassValue> classes, double missing) implements Label {
    public Known {
      classes = List.copyOf(classes);
    }
  }

  /**
   * None, or one of several.
   *
   * @param why it cannot be known
   * @param candidates fields of few values, with what they hold; perhaps none
   */
  record Unknown(String why, List<Known> candidates) implements Label {
    public Unknown {
      candidates = List.copyOf(candidates);
    }
  }
}
