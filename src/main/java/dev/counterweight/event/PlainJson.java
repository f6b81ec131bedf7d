package dev.counterweight.event;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.core.JsonToken;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Reads fields of JSON objects of the plain kind, and only of those: well-formed to the end,
 * without escapes and but ASCII in its strings, without anything odd, and with scalars in the
 * fields that are looked for, each of which is there once at most. Of any other object it says so,
 * and nothing more, so that a parser reads it, or says what is wrong. Not thread-safe.
 */
final class PlainJson {
  private static final int MOST_DEPTH = 32;

  /** What a parser is to bound. */
  private static final int LONGEST = 48 << 10;

  /** A scalar in a field, as the parser would give it; good until the next object is read. */
  interface Found {
    JsonToken token();

    /** Its text: of a string that which stands in its quotes. */
    String text();

    /** The number that it is; 0 of anything else. */
    double number();
  }

  /** Takes a field of a plain object. */
  interface Sink {
    void plain(Found found) throws EventRejectedException;
  }

  /** A member that is looked for, and what stands in it. */
  private final class Field implements Found {
    private final byte[] quoted;
    private final Sink sink;

    /** What followed it in the object before: producers write the fields in one order. */
    private @Nullable Field next;

    /** In the object being read. */
    private boolean there;

    private JsonToken token = JsonToken.VALUE_NULL;
    private int from;
    private int to;
    private double number;

    Field(byte[] quoted, Sink sink) {
      this.quoted = quoted;
      this.sink = sink;
    }

    @Override
    public JsonToken token() {
      return token;
    }

    @Override
    public String text() {
      return scalars.text(from, to);
    }

    @Override
    public double number() {
      return number;
    }
  }

  private final PlainScalars scalars = new PlainScalars();

  /** By {@link #slot}, or the next that is free; half of them are. */
  private @Nullable Field[] fields = new Field[2];

  /** What comes first in most objects. */
  private final Field start = new Field(new byte[0], field -> {});

  /** A bit for each length that a name has, modulo 64: most that are not looked for have others. */
  private long lengths;

  /** Numbers that are not looked for: of most events only the label is. */
  private final KnownMembers known = new KnownMembers();

  private final List<Field> all = new ArrayList<>();

  /** Those that the object being read has, in its order. */
  private Field[] order = {};

  private int count;

  /**
   * Looks for a member of the object itself; before any object is read.
   *
   * @return false if it cannot be looked for, because no plain object has one of this name, or it
   *     is looked for already
   */
  boolean add(String name, Sink sink) {
    if (!name.chars().allMatch(c -> c >= ' ' && c < 0x7f && c != '"' && c != '\\')) {
      return false;
    }
    byte[] quoted = ('"' + name + '"').getBytes(UTF_8);
    if (fields[slot(quoted)] != null) {
      return false;
    }
    all.add(new Field(quoted, sink));
    order = new Field[all.size()];
    lengths |= 1L << quoted.length - 2;
    fields = new Field[Integer.highestOneBit(all.size()) * 4];
    for (Field field : all) {
      fields[slot(field.quoted)] = field;
    }
    return true;
  }

  private int slot(byte[] quoted) {
    scalars.begin(quoted);
    scalars.string();
    return slot();
  }

  /** Where the field is that the text read last names, or would be. */
  private int slot() {
    int mask = fields.length - 1;
    int hash = scalars.fromEnd(0) + 31 * scalars.fromEnd(1) + 961 * scalars.fromEnd(2);
    for (int slot = hash & mask; ; slot = (slot + 1) & mask) {
      Field field = fields[slot];
      if (field == null || scalars.isQuoted(field.quoted)) {
        return slot;
      }
    }
  }

  /** Whether the bytes are a plain object; then each sink has what there is of its field. */
  boolean read(byte[] value) throws EventRejectedException {
    if (value.length > LONGEST) {
      return false;
    }
    for (int f = 0; f < count; f++) {
      order[f].there = false;
    }
    count = 0;
    scalars.begin(value);
    if (!outermost() || scalars.next() != -1) {
      return false;
    }
    for (int f = 0; f < count; f++) {
      order[f].sink.plain(order[f]);
    }
    return true;
  }

  private boolean outermost() {
    if (!scalars.is('{')) {
      return false;
    }
    if (scalars.is('}')) {
      return true;
    }
    Field before = start;
    known.begin();
    do {
      scalars.pass(known);
      int member = scalars.at();
      Field field = before.next;
      if (field == null || !scalars.is(field.quoted)) {
        if (scalars.next() != '"' || !scalars.string()) {
          return false;
        }
        field = lengths >>> scalars.length() << 63 == 0 ? null : fields[slot()];
        before.next = field == null ? before.next : field;
      }
      if (!scalars.is(':') || !(field == null ? passed(member) : value(field))) {
        return false;
      }
      before = field == null ? before : field;
    } while (scalars.is(','));
    return scalars.is('}');
  }

  /**
   * Whether what is not looked for is plain.
   *
   * @param member where its member begins
   */
  private boolean passed(int member) {
    if (PlainScalars.isNumber(scalars.next())) {
      return scalars.skipNumber(known, member);
    }
    known.other();
    return value(1);
  }

  private boolean value(Field field) {
    known.other();
    if (field.there || !scalars.scalar() || !scalars.isTold()) {
      return false;
    }
    field.there = true;
    field.token = scalars.token();
    field.from = scalars.from();
    field.to = scalars.to();
    field.number = field.token.isNumeric() ? scalars.number() : 0;
    order[count++] = field;
    return true;
  }

  private boolean value(int depth) {
    int first = scalars.next();
    if (first == '{' || first == '[') {
      return depth < MOST_DEPTH && (first == '{' ? object(depth + 1) : array(depth + 1));
    }
    return scalars.skip();
  }

  private boolean object(int depth) {
    scalars.is('{');
    if (scalars.is('}')) {
      return true;
    }
    do {
      if (scalars.next() != '"' || !scalars.string() || !scalars.is(':') || !value(depth)) {
        return false;
      }
    } while (scalars.is(','));
    return scalars.is('}');
  }

  private boolean array(int depth) {
    scalars.is('[');
    if (scalars.is(']')) {
      return true;
    }
    do {
      if (!value(depth)) {
        return false;
      }
    } while (scalars.is(','));
    return scalars.is(']');
  }
}
