package dev.counterweight.event;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What is looked for at one place of an event and below it. Not thread-safe. */
final class AvroFields {
  /** Nothing at all. */
  static final AvroFields NONE = new AvroFields();

  private final Map<String, AvroFields> members = new LinkedHashMap<>();
  private final Map<Integer, AvroFields> elements = new LinkedHashMap<>();
  private @Nullable FieldValue value;
  private @Nullable FieldValues items;
  private final FieldValue item = new FieldValue();

  boolean none() {
    return value == null && items == null && members.isEmpty() && elements.isEmpty();
  }

  /** Looks below a step from now on. */
  AvroFields at(FieldPath.Step step) {
    return step instanceof FieldPath.Element element
        ? elements.computeIfAbsent(element.index(), i -> new AvroFields())
        : members.computeIfAbsent(((FieldPath.Member) step).name(), name -> new AvroFields());
  }

  /** Looks for the value itself from now on. */
  FieldValue want() {
    if (value == null) {
      value = new FieldValue();
    }
    return value;
  }

  /** Looks for so many items of an array from now on, at least. */
  FieldValues wantItems(int most) {
    if (items == null) {
      items = new FieldValues();
    }
    items.keep(most);
    return items;
  }

  /** Receives the value itself; null if it is not looked for. */
  @Nullable FieldValue value() {
    return value;
  }

  Map<String, AvroFields> members() {
    return members;
  }

  Map<Integer, AvroFields> elements() {
    return elements;
  }

  /** What is looked for in a member. */
  AvroFields member(String name) {
    return members.getOrDefault(name, NONE);
  }

  boolean takesItems() {
    return items != null;
  }

  /** Receives an item before {@link #item()} takes it over. */
  AvroFields items() {
    if (items == null) {
      return NONE;
    }
    AvroFields each = new AvroFields();
    each.value = item;
    return each;
  }

  /** An array begins. */
  void array() {
    if (value != null) {
      value.array();
    }
    if (items != null) {
      items.clear();
      item.clear();
    }
  }

  /** An item was read. */
  void item() {
    if (items != null) {
      if (!item.missing()) {
        items.add(item);
      }
      item.clear();
    }
  }

  /** Nothing was found here. */
  void clear() {
    if (value != null) {
      value.clear();
    }
    if (items != null) {
      items.clear();
    }
    if (!members.isEmpty()) {
      members.values().forEach(AvroFields::clear);
    }
    if (!elements.isEmpty()) {
      elements.values().forEach(AvroFields::clear);
    }
  }

  /** Adds whatever receives something, here and below. */
  void collect(List<FieldValue> values, List<FieldValues> arrays) {
    if (value != null) {
      values.add(value);
    }
    if (items != null) {
      arrays.add(items);
    }
    members.values().forEach(member -> member.collect(values, arrays));
    elements.values().forEach(element -> element.collect(values, arrays));
  }
}
