package dev.counterweight.config;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Keys under one heading of the reference, in the order they were declared in. */
final class KeyGroup {
  private final String heading;
  private final List<Key<?>> keys = new ArrayList<>();

  KeyGroup(String heading) {
    this.heading = heading;
  }

  String heading() {
    return heading;
  }

  List<Key<?>> keys() {
    return keys;
  }

  /** A key that must be set. */
  <T> Draft<T> required(String name, String standIn, Form<T> form) {
    return new Draft<>(this, name, form, null, standIn, null);
  }

  /** A key that may be left out. */
  <T> Draft<T> optional(String name, Form<T> form) {
    return new Draft<>(this, name, form, null, null, null);
  }

  <T> Draft<T> key(String name, Object defaultValue, Form<T> form) {
    return new Draft<>(this, name, form, defaultValue, null, null);
  }

  /** A key that is none before its meaning is said. */
  record Draft<T>(
      KeyGroup group,
      String name,
      Form<T> form,
      @Nullable Object defaultValue,
      @Nullable String standIn,
      Key.@Nullable Need need) {

    /** It acts only where {@code chooser} has one of {@code values}, or, of none, any. */
    Draft<T> needs(Key<?> chooser, String... values) {
      Key.Need choice = new Key.Need(chooser, List.of(values));
      return new Draft<>(group, name, form, defaultValue, standIn, choice);
    }

    Key<T> means(String meaning) {
      Key<T> key = new Key<>(name, form, defaultValue, standIn, need, meaning);
      group.keys.add(key);
      return key;
    }
  }
}
