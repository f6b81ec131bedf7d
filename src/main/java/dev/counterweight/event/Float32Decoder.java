package dev.counterweight.event;

import dev.counterweight.event.EventRejectedException.Reason;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Optional;
import java.util.StringJoiner;

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
  private final FeatureRow row;

  Float32Decoder(EventSchema schema, EventRules rules) {
    this.schema = schema;
    this.rules = rules;
    this.features = schema.features().features().size();
    this.classes = schema.classCount();
    this.row = rules.row();
  }

  @Override
  public EventHead head(RawEvent event) throws EventRejectedException {
    byte[] value = rules.present(event.value());
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
    return new EventHead(index, rules.times().ofRecord(event.timestampMs()), 1);
  }

  @Override
  public Optional<String> named(RawEvent event) throws EventRejectedException {
    byte[] value = rules.present(event.value());
    int index = head(RawEvent.of(value, Long.MAX_VALUE)).label();
    StringJoiner named = new StringJoiner(", ");
    for (int i = 0; i < features; i++) {
      named.add(
          Shown.text(schema.features().names().get(i))
              + "="
              + (float) FLOAT.get(value, i * Float.BYTES));
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
  public void features(RawEvent event, float[] target, int at) throws EventRejectedException {
    byte[] value = rules.present(event.value());
    row.begin(target, at);
    for (int i = 0; i < features; i++) {
      float feature = (float) FLOAT.get(value, i * Float.BYTES);
      if (!Float.isNaN(feature)) {
        row.number(i, feature);
      } else if (!row.missing(i)) {
        throw rules.missingFeature(i, "is missing: it is NaN");
      }
    }
  }

  @Override
  public boolean missing(int feature) {
    return row.wasMissing(feature);
  }
}
