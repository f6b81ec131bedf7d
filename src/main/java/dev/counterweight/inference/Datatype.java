package dev.counterweight.inference;

import java.util.Arrays;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** What the elements of a tensor are, by the protocol's names; FP16 has no form in JSON. */
enum Datatype {
  BOOL(0, 0),
  UINT8(0, 0xff),
  UINT16(0, 0xffff),
  UINT32(0, 0xffffffffL),
  UINT64(0, 0x1p64),
  INT8(Byte.MIN_VALUE, Byte.MAX_VALUE),
  INT16(Short.MIN_VALUE, Short.MAX_VALUE),
  INT32(Integer.MIN_VALUE, Integer.MAX_VALUE),
  INT64(Long.MIN_VALUE, Long.MAX_VALUE),
  FP32(0, 0),
  FP64(0, 0),
  BYTES(0, 0);

  private static final Map<String, Datatype> BY_NAME =
      Arrays.stream(values())
          .collect(Collectors.toUnmodifiableMap(Enum::name, Function.identity()));

  private final double least;
  private final double most;

  /** Of a whole number, the values it may have; as doubles, to which such a number is read. */
  Datatype(double least, double most) {
    this.least = least;
    this.most = most;
  }

  /** By its name; null if there is none. */
  static @Nullable Datatype of(String name) {
    return BY_NAME.get(name);
  }

  /** The rule that an element of a kind and value breaks, in words; null if it is right. */
  @Nullable String broken(TensorValues.Kind kind, double number) {
    return switch (this) {
      case BOOL -> kind == TensorValues.Kind.BOOL ? null : "must be true or false";
      case BYTES -> kind == TensorValues.Kind.TEXT ? null : "must be a text";
      case FP32, FP64 ->
          kind == TensorValues.Kind.WHOLE || kind == TensorValues.Kind.NUMBER
              ? null
              : "must be a number";
      default ->
          kind == TensorValues.Kind.WHOLE && number >= least && number <= most
              ? null
              : "must be a whole number from %.0f to %.0f".formatted(least, most);
    };
  }
}
