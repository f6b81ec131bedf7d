package dev.counterweight.event;

import dev.counterweight.event.EventRejectedException.Reason;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Optional;
import java.util.StringJoiner;
import org.jspecify.annotations.Nullable;

/**
 * Little-endian 32-bit floats: the features in schema order, then the class index as a float. It
 * has no room for time or importance: the record's timestamp is the event time.
 */
final class Float32Decoder implements EventDecoder {
  private static final VarHandle FLOAT =
      MethodHandles.byteArrayViewVarHandle(float[].class, ByteOrder.LITTLE_ENDIAN);

  private final EventSchema schema;
  private final EventRules rules;
  private final int features;
  private final int classes;

  Float32Decoder(EventSchema schema, EventRules rules) {
    this.schema = schema;
    this.rules = rules;
    this.features = schema.featureCount();
    this.classes = schema.classCount();
  }

  @Override
  public EventHead head(byte @Nullable [] given, long recordTimestampMs)
      throws EventRejectedException {
    byte[] value = rules.present(given);
    int wanted = (features + 1) * Float.BYTES;
    if (value.length != wanted) {
      throw new EventRejectedException(
          Reason.MALFORMED,
          () ->
              "%d bytes: must be %d (%d features and the class index, 4 bytes each)"
                  .formatted(value.length, wanted, features));
    }
    float label = (float) FLOAT.get(value, features * Float.BYTES);
    int index = (int) label;
    if (index != label || index < 0 || index >= classes) {
      throw new EventRejectedException(Reason.UNKNOWN_LABEL, () -> unknown(label));
    }
    return new EventHead(index, rules.times().ofRecord(recordTimestampMs), 1);
  }

  @Override
  public Optional<String> named(byte[] value) throws EventRejectedException {
    int index = head(value, Long.MAX_VALUE).label();
    StringJoiner named = new StringJoiner(", ");
    for (int i = 0; i < features; i++) {
      named.add(
          Shown.text(schema.features().get(i)) + "=" + (float) FLOAT.get(value, i * Float.BYTES));
    }
    return Optional.of(named.add("class index=" + index).toString());
  }

  private String unknown(float label) {
    float reversed = Float.intBitsToFloat(Integer.reverseBytes(Float.floatToRawIntBits(label)));
    boolean otherOrder = reversed >= 1 && reversed < classes && reversed == Math.rint(reversed);
    return "class index %s: must be a whole number from 0 to %d%s"
        .formatted(
            label,
            classes - 1,
            otherOrder
                ? "; with its bytes reversed it is %d: the producer seems to write big-endian floats, must be little-endian"
                    .formatted((int) reversed)
                : "");
  }

  @Override
  public void features(byte[] value, float[] target, int at) throws EventRejectedException {
    for (int i = 0; i < features; i++) {
      float feature = (float) FLOAT.get(value, i * Float.BYTES);
      target[at + i] = rules.feature(i, feature);
    }
  }
}
