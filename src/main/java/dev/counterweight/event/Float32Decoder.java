package dev.counterweight.event;

import dev.counterweight.event.EventRejectedException.Reason;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.List;
import java.util.Optional;
import java.util.StringJoiner;
import java.util.stream.IntStream;

/**
 * Little-endian 32-bit floats: the features in schema order, then the class index as a float,
 * without what stands in the record's key or headers. It has no room for time, importance or join
 * key: the first two are the record's timestamp and 1, unless a header or the key has them. Where
 * nothing but features is read, the class index may be there or not.
 */
final class Float32Decoder implements EventDecoder {
  private static final VarHandle FLOAT =
      MethodHandles.byteArrayViewVarHandle(float[].class, ByteOrder.LITTLE_ENDIAN);

  private final EventSchema schema;
  private final EventRules rules;
  // Those that stand in the value, in order, and whether the class index stands behind them.
  private final int[] features;
  private final boolean labelled;
  private final boolean headless;
  private final OutsideFields outside;
  private final int classes;
  private final FeatureRow row;

  Float32Decoder(EventSchema schema, EventRules rules) {
    this.schema = schema;
    this.rules = rules;
    List<Feature> all = schema.features().features();
    this.features =
        IntStream.range(0, all.size())
            .filter(f -> all.get(f).path().source() == FieldPath.Source.VALUE)
            .toArray();
    this.labelled =
        schema.label() != null
            && FieldPath.parse(schema.label()).source() == FieldPath.Source.VALUE;
    this.headless = schema.isHeadless();
    this.outside = new OutsideFields(schema, rules);
    this.classes = schema.classCount();
    this.row = rules.row();
  }

  @Override
  public EventHead head(RawEvent event) throws EventRejectedException {
    byte[] value = sized(event);
    EventHead head =
        new EventHead(
            labelled ? label(value) : outside.label(event),
            outside.timeMs(event),
            outside.importance(event));
    outside.key(event);
    return head;
  }

  @Override
  public byte[] joinKey() {
    return rules.joinKey();
  }

  /** The value, which is as long as it must be. */
  private byte[] sized(RawEvent event) throws EventRejectedException {
    byte[] value = rules.present(event.value());
    int wanted = (features.length + (labelled ? 1 : 0)) * Float.BYTES;
    boolean withIndex = headless && value.length == wanted + Float.BYTES;
    if (value.length != wanted && !withIndex) {
      throw new EventRejectedException(
          Reason.MALFORMED,
          () ->
              "%d bytes: must be %d (%d features%s, 4 bytes each)"
                  .formatted(value.length, wanted, features.length, index()));
    }
    return value;
  }

  private String index() {
    return labelled ? " and the class index" : headless ? ", and perhaps the class index" : "";
  }

  private int label(byte[] value) throws EventRejectedException {
    float label = (float) FLOAT.get(value, features.length * Float.BYTES);
    int index = (int) label;
    if (index != label || index < 0 || index >= classes) {
      throw new EventRejectedException(Reason.UNKNOWN_LABEL, () -> unknown(label));
    }
    return index;
  }

  @Override
  public Optional<String> named(RawEvent event) throws EventRejectedException {
    byte[] value = sized(event);
    StringJoiner named = new StringJoiner(", ");
    for (int i = 0; i < features.length; i++) {
      named.add(
          Shown.text(schema.features().names().get(features[i]))
              + "="
              + (float) FLOAT.get(value, i * Float.BYTES));
    }
    return Optional.of((labelled ? named.add("class index=" + label(value)) : named).toString());
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
    byte[] value = headless ? sized(event) : rules.present(event.value());
    row.begin(target, at);
    for (int i = 0; i < features.length; i++) {
      float feature = (float) FLOAT.get(value, i * Float.BYTES);
      if (!Float.isNaN(feature)) {
        row.number(features[i], feature);
      } else if (!row.missing(features[i])) {
        throw rules.missingFeature(features[i], "is missing: it is NaN");
      }
    }
    outside.features(event, row);
  }

  @Override
  public boolean missing(int feature) {
    return row.wasMissing(feature);
  }
}
