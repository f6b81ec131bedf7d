package dev.counterweight.config;

import java.util.ArrayList;
import java.util.List;

/** Keys of one part, in the order they were declared in, which is that of the reference. */
final class KeyGroup {
  private final List<Key<?>> keys = new ArrayList<>();

  List<Key<?>> keys() {
    return keys;
  }

  /** A key that must be set. */
  <T> Key<T> required(String name, String standIn, Form<T> form, String meaning) {
    return add(new Key<>(name, form, null, standIn, null, meaning));
  }

  /** A key that may be left out. */
  <T> Key<T> optional(String name, Form<T> form, String meaning) {
    return add(new Key<>(name, form, null, null, null, meaning));
  }

  <T> Key<T> key(String name, Object defaultValue, Form<T> form, String meaning) {
    return add(new Key<>(name, form, defaultValue, null, null, meaning));
  }

  /** A key that acts only beside a certain choice. */
  <T> Key<T> key(String name, Object defaultValue, Form<T> form, Key.Need need, String meaning) {
    return add(new Key<>(name, form, defaultValue, null, need, meaning));
  }

  private <T> Key<T> add(Key<T> key) {
    keys.add(key);
    return key;
  }
}
