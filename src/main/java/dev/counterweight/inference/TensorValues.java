package dev.counterweight.inference;

import dev.counterweight.event.Shown;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** The elements of a request's tensors, one after the other. Not thread-safe. */
final class TensorValues {
  /** Room that is kept between requests, in elements. */
  private static final int KEPT = 1 << 14;

  private static final int FIRST = 64;

  /** What an element is in JSON. */
  enum Kind {
    WHOLE,
    NUMBER,
    BOOL,
    TEXT,
    /** Missing, whatever the datatype. */
    NULL
  }

  private static final Kind[] KINDS = Kind.values();

  // By place: a reference that is written into an old array costs a garbage collector work.
  private byte[] kinds = new byte[FIRST];
  private double[] numbers = new double[FIRST];
  private @Nullable String[] texts = new String[FIRST];
  private int size;

  /** Forgets all. */
  void clear() {
    if (numbers.length > KEPT) {
      kinds = new byte[FIRST];
      numbers = new double[FIRST];
      texts = new String[FIRST];
    } else {
      Arrays.fill(texts, 0, size, null);
    }
    size = 0;
  }

  int size() {
    return size;
  }

  /** A number, or 1 for true and 0 for false, or 0 for null. */
  void add(Kind kind, double number) {
    room();
    kinds[size] = (byte) kind.ordinal();
    numbers[size++] = number;
  }

  void add(String text) {
    room();
    kinds[size] = (byte) Kind.TEXT.ordinal();
    texts[size++] = text;
  }

  Kind kind(int index) {
    return KINDS[kinds[index]];
  }

  double number(int index) {
    return numbers[index];
  }

  @Nullable String text(int index) {
    return texts[index];
  }

  /** An element as a message shows it. */
  String shown(int index) {
    return switch (kind(index)) {
      case WHOLE -> "%.0f".formatted(numbers[index]);
      case NUMBER -> String.valueOf(numbers[index]);
      case BOOL -> String.valueOf(numbers[index] == 1);
      case TEXT -> "'" + Shown.text(String.valueOf(texts[index])) + "'";
      case NULL -> "null";
    };
  }

  private void room() {
    if (size == numbers.length) {
      kinds = Arrays.copyOf(kinds, 2 * size);
      numbers = Arrays.copyOf(numbers, 2 * size);
      texts = Arrays.copyOf(texts, 2 * size);
    }
  }
}
