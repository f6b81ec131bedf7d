package dev.counterweight.inference;

import static java.nio.charset.StandardCharsets.US_ASCII;

import com.fasterxml.jackson.core.JsonToken;
import dev.counterweight.event.PlainScalars;
import dev.counterweight.inference.TensorValues.Kind;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Reads requests of the plain kind, and only of those: right in all, of tensors alone and perhaps
 * an id, and plain as {@link PlainScalars} are. Of any other it says so, and nothing more, so that
 * a parser reads it, or says what is wrong. Not thread-safe.
 */
final class PlainInfer {
  private static final byte[] ID = quoted("id");
  private static final byte[] INPUTS = quoted("inputs");
  private static final byte[] NAME = quoted("name");
  private static final byte[] SHAPE = quoted("shape");
  private static final byte[] DATATYPE = quoted("datatype");
  private static final byte[] DATA = quoted("data");
  private static final long UNKNOWN = -1;

  private final PlainScalars in = new PlainScalars();
  private final TensorReader tensors;
  private final TensorValues values;

  private @Nullable String id;
  private List<InputTensor> inputs = List.of();

  // Of the tensor being read.
  private @Nullable String name;
  private @Nullable String datatype;
  private @Nullable List<Long> shape;
  private @Nullable List<Long> found;
  private int leaves;

  /**
   * @param tensors receives the values, and holds tensors to their shapes and datatypes
   */
  PlainInfer(TensorReader tensors) {
    this.tensors = tensors;
    this.values = tensors.values();
  }

  private static byte[] quoted(String name) {
    return ('"' + name + '"').getBytes(US_ASCII);
  }

  /** The request; null if it is not of this kind. */
  @Nullable InferRequest read(byte[] body) {
    tensors.clear();
    id = null;
    inputs = new ArrayList<>(1);
    in.begin(body);
    try {
      return request() && in.next() == -1 && !inputs.isEmpty()
          ? new InferRequest(id, Map.of(), inputs, values, null)
          : null;
    } catch (Refusal e) {
      return null; // a parser says what comes first
    }
  }

  private boolean request() throws Refusal {
    if (!in.is('{')) {
      return false;
    }
    do {
      if (id == null && in.is(ID)) {
        id = in.is(':') ? text() : null;
        if (id == null) {
          return false;
        }
      } else if (!inputs.isEmpty() || !in.is(INPUTS) || !in.is(':') || !inputs()) {
        return false;
      }
    } while (in.is(','));
    return in.is('}');
  }

  private boolean inputs() throws Refusal {
    if (!in.is('[')) {
      return false;
    }
    do {
      int first = values.size();
      if (!tensor()) {
        return false;
      }
      inputs.add(tensors.tensor(inputs.size(), name, datatype, shape, found, first));
    } while (in.is(','));
    return in.is(']');
  }

  private boolean tensor() {
    name = null;
    datatype = null;
    shape = null;
    found = null;
    if (!in.is('{')) {
      return false;
    }
    do {
      if (!member()) {
        return false;
      }
    } while (in.is(','));
    return in.is('}');
  }

  /** One of those that there are, of which each may be there once. */
  private boolean member() {
    if (name == null && in.is(NAME)) {
      name = in.is(':') ? text() : null;
      return name != null;
    }
    if (datatype == null && in.is(DATATYPE)) {
      datatype = in.is(':') ? text() : null;
      return datatype != null;
    }
    if (shape == null && in.is(SHAPE)) {
      shape = new ArrayList<>(2);
      return in.is(':') && shape(shape);
    }
    if (found == null && in.is(DATA)) {
      found = new ArrayList<>(2);
      leaves = -1;
      return in.is(':') && array(0, found);
    }
    return false;
  }

  private @Nullable String text() {
    return in.next() == '"' && in.scalar() ? in.text() : null;
  }

  private boolean shape(List<Long> shape) {
    if (!in.is('[')) {
      return false;
    }
    do {
      if (!in.scalar()
          || in.token() != JsonToken.VALUE_NUMBER_INT
          || !in.isTold()
          || in.number() < 0
          || in.number() > Integer.MAX_VALUE
          || shape.size() == TensorReader.MAX_DIMENSIONS) {
        return false;
      }
      shape.add((long) in.number());
    } while (in.is(','));
    return in.is(']');
  }

  /** Every array of a depth is as long as the first. */
  private boolean array(int depth, List<Long> lengths) {
    if (depth == TensorReader.MAX_DIMENSIONS || leaves >= 0 && depth > leaves || !in.is('[')) {
      return false;
    }
    if (depth == lengths.size()) {
      lengths.add(UNKNOWN);
    }
    long length = 0;
    if (in.is(']')) {
      return false;
    }
    do {
      boolean nested = in.next() == '[';
      if (nested ? !array(depth + 1, lengths) : lengths.size() > depth + 1 || !element()) {
        return false;
      }
      if (!nested) {
        leaves = depth;
      }
      length++;
    } while (in.is(','));
    long first = lengths.get(depth);
    lengths.set(depth, length);
    return in.is(']') && (first == UNKNOWN || first == length);
  }

  private boolean element() {
    if (!in.scalar() || !in.isTold()) {
      return false;
    }
    switch (in.token()) {
      case VALUE_NUMBER_INT -> values.add(Kind.WHOLE, in.number());
      case VALUE_NUMBER_FLOAT -> values.add(Kind.NUMBER, in.number());
      case VALUE_TRUE -> values.add(Kind.BOOL, 1);
      case VALUE_FALSE -> values.add(Kind.BOOL, 0);
      case VALUE_STRING -> values.add(in.text());
      default -> values.add(Kind.NULL, 0);
    }
    return true;
  }
}
