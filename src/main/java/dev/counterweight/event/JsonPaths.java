package dev.counterweight.event;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Finds the fields of a JSON object, however deep they stand, as it goes by, once. Where a path can
 * be read in several ways and several fields are there, that of the {@linkplain
 * FieldPath#readings() first} way counts; of fields of one name in one object, the last. Not
 * thread-safe.
 */
final class JsonPaths {

  /** Takes what stands in a field. What it throws counts only if its field does. */
  interface Sink {
    /**
     * A scalar, or the start of an object or an array, on which the parser stands and which is left
     * where it is.
     */
    void value(JsonParser in, JsonToken token) throws IOException, EventRejectedException;

    /** Whether it takes an array item by item. */
    default boolean takesItems() {
      return false;
    }

    /** Begins an array, of one that takes items. */
    default void begin() {}

    /** A scalar in an array, or the start of an object or an array. */
    default void item(JsonParser in, JsonToken token) throws IOException, EventRejectedException {}

    /** Ends the array. */
    default void end() throws EventRejectedException {}
  }

  /** A field that is looked for. */
  private static final class Field {
    private final Sink sink;
    private final boolean ambiguous;
    // The walk in which it was found last, and there the way.
    private long foundIn;
    private int way;
    private @Nullable EventRejectedException trouble;

    Field(Sink sink, boolean ambiguous) {
      this.sink = sink;
      this.ambiguous = ambiguous;
    }
  }

  /** A field at the end of one of its ways. */
  private record Leaf(Field field, int way) {}

  /** What may be looked for in one place. */
  static final class Node {
    private static final int MOST_EXPECTED = 256;
    private static final int LONGEST_EXPECTED = 64;
    private static final Leaf[] NONE = {};

    private Leaf[] leaves = NONE;
    private boolean items;
    // Of one field that is found in no other way: most are.
    private @Nullable Sink plain;
    private @Nullable String only;
    private @Nullable Node onlyMember;
    private @Nullable String[] expected = {};
    private @Nullable Node[] there = {};
    private final Map<String, Node> byName = new HashMap<>();
    private final Map<Integer, Node> elements = new HashMap<>();

    Node member(String name) {
      Node known = byName.get(name);
      if (known == null) {
        known = new Node();
        member(name, known);
      }
      return known;
    }

    /** The same place under a name here too. */
    void member(String name, Node node) {
      byName.put(name, node);
      only = byName.size() == 1 ? name : null;
      onlyMember = node;
    }

    /**
     * What is looked for in a member, if anything. Producers write the fields of their objects in
     * one order: what stood at the same place of the object before is likely to stand there again.
     *
     * @param at how many members of the object went before
     */
    private @Nullable Node found(String name, int at) {
      if (only != null) {
        return name.equals(only) ? onlyMember : null;
      }
      if (at < expected.length && name.equals(expected[at])) {
        return there[at];
      }
      Node node = byName.get(name);
      if (at < MOST_EXPECTED && name.length() <= LONGEST_EXPECTED) {
        if (at >= expected.length) {
          expected = Arrays.copyOf(expected, Math.min(MOST_EXPECTED, 2 * at + 8));
          there = Arrays.copyOf(there, expected.length);
        }
        expected[at] = name;
        there[at] = node;
      }
      return node;
    }

    /** Looks for what stands in this place itself. */
    void add(Sink sink) {
      add(new Leaf(new Field(sink, false), 0));
    }

    private void add(Leaf leaf) {
      leaves = Arrays.copyOf(leaves, leaves.length + 1);
      leaves[leaves.length - 1] = leaf;
      items |= leaf.field().sink.takesItems();
      plain = leaves.length == 1 && !leaf.field().ambiguous ? leaf.field().sink : null;
    }
  }

  private final List<Field> ambiguous = new ArrayList<>();
  private long walk;

  /** Looks for a field of the objects that go by from {@code node} on. */
  void add(Node from, FieldPath path, Sink sink) {
    List<List<FieldPath.Step>> readings = path.readings();
    Field field = new Field(sink, readings.size() > 1);
    if (field.ambiguous) {
      ambiguous.add(field);
    }
    for (int way = 0; way < readings.size(); way++) {
      Node node = from;
      for (FieldPath.Step step : readings.get(way)) {
        node =
            step instanceof FieldPath.Member member
                ? node.member(member.name())
                : node.elements.computeIfAbsent(
                    ((FieldPath.Element) step).index(), i -> new Node());
      }
      node.add(new Leaf(field, way));
    }
  }

  /**
   * Goes through an object, whose start has been read, to its end.
   *
   * @throws EventRejectedException what the sink of a field that counts threw
   */
  void read(JsonParser in, Node from) throws IOException, EventRejectedException {
    walk++;
    object(in, from);
    for (Field field : ambiguous) {
      if (field.foundIn == walk && field.trouble != null) {
        throw field.trouble;
      }
    }
  }

  private void object(JsonParser in, Node node) throws IOException, EventRejectedException {
    String name;
    for (int at = 0; (name = in.nextFieldName()) != null; at++) {
      Node member = node.found(name, at);
      JsonToken token = in.nextToken();
      if (member != null) {
        if (member.plain != null && token.isScalarValue()) {
          member.plain.value(in, token);
        } else {
          value(in, token, member);
        }
      } else if (token.isStructStart()) {
        in.skipChildren();
      }
    }
  }

  private void value(JsonParser in, JsonToken token, Node node)
      throws IOException, EventRejectedException {
    if (token == JsonToken.START_ARRAY && (node.items || !node.elements.isEmpty())) {
      array(in, node);
      return;
    }
    for (Leaf leaf : node.leaves) {
      give(leaf, in, token);
    }
    if (token == JsonToken.START_OBJECT && !node.byName.isEmpty()) {
      object(in, node);
    } else if (token.isStructStart()) {
      in.skipChildren();
    }
  }

  private void give(Leaf leaf, JsonParser in, JsonToken token)
      throws IOException, EventRejectedException {
    if (!counts(leaf)) {
      return;
    }
    try {
      leaf.field().sink.value(in, token);
    } catch (EventRejectedException e) {
      put(leaf.field(), e);
    }
  }

  /** Whether nothing that goes before it was found yet; then it is what is found. */
  private boolean counts(Leaf leaf) {
    Field field = leaf.field();
    if (field.ambiguous) {
      if (field.foundIn == walk && field.way < leaf.way()) {
        return false;
      }
      field.foundIn = walk;
      field.way = leaf.way();
      field.trouble = null;
    }
    return true;
  }

  private static void put(Field field, EventRejectedException trouble)
      throws EventRejectedException {
    if (!field.ambiguous) {
      throw trouble;
    }
    field.trouble = trouble;
  }

  private void array(JsonParser in, Node node) throws IOException, EventRejectedException {
    List<Field> open = new ArrayList<>();
    for (Leaf leaf : node.leaves) {
      if (!leaf.field().sink.takesItems()) {
        give(leaf, in, JsonToken.START_ARRAY);
      } else if (counts(leaf)) {
        leaf.field().sink.begin();
        open.add(leaf.field());
      }
    }
    JsonToken token;
    for (int i = 0; (token = in.nextToken()) != JsonToken.END_ARRAY; i++) {
      for (Field field : open) {
        if (field.trouble == null) {
          item(field, in, token);
        }
      }
      Node element = node.elements.get(i);
      if (element == null) {
        in.skipChildren();
      } else {
        value(in, token, element);
      }
    }
    for (Field field : open) {
      end(field);
    }
  }

  private static void item(Field field, JsonParser in, JsonToken token)
      throws IOException, EventRejectedException {
    try {
      field.sink.item(in, token);
    } catch (EventRejectedException e) {
      put(field, e);
    }
  }

  private static void end(Field field) throws EventRejectedException {
    try {
      if (field.trouble == null) {
        field.sink.end();
      }
    } catch (EventRejectedException e) {
      put(field, e);
    }
  }
}
