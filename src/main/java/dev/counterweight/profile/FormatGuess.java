package dev.counterweight.profile;

import dev.counterweight.event.EventSchema.Envelope;
import dev.counterweight.event.RawEvent;
import dev.counterweight.event.Value;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** Tells from the bytes of a sample in which format a topic is written. */
public final class FormatGuess {
  private static final double MOST = 0.9;
  private static final int LOOKED_AT = 2000;

  /** Read as a whole, which takes many times their bytes. */
  private static final int OPENED = 200;

  private static final float MOST_CLASSES = 1000;

  private FormatGuess() {}

  /** The format of most of these events. */
  public static TopicFormat of(List<RawEvent> events) {
    List<RawEvent> looked = spread(events, LOOKED_AT);
    List<byte[]> some = looked.stream().flatMap(e -> Stream.ofNullable(e.value())).toList();
    if (some.isEmpty()) {
      return new TopicFormat.Unknown("the records have no values");
    }
    if (most(some, value -> value.length > TopicFormat.FRAME && value[0] == 0)
        && !most(some, FormatGuess::floats)) {
      return most(some, value -> value[TopicFormat.FRAME] == '{')
          ? json(looked, true)
          : new TopicFormat.Framed();
    }
    List<String> texts =
        looked.stream().flatMap(event -> TopicFormat.text(event, 0).stream()).toList();
    if (texts.size() >= MOST * some.size() && texts.stream().noneMatch(FormatGuess::binary)) {
      return text(looked, texts);
    }
    int length = some.get(0).length;
    if (most(some, FormatGuess::floats) && most(some, value -> value.length == length)) {
      return new TopicFormat.Float32(length / Float.BYTES);
    }
    return new TopicFormat.Unknown(
        "the values are neither text, nor framed by a schema registry, nor 32-bit floats");
  }

  private static TopicFormat text(List<RawEvent> values, List<String> texts) {
    if (most(texts, text -> text.stripLeading().startsWith("{"))) {
      return json(values, false);
    }
    if (most(texts, text -> text.stripLeading().startsWith("\"{"))) {
      return new TopicFormat.Unknown(
          "each value is JSON within a JSON text: it was encoded twice; let the producer write the"
              + " object itself");
    }
    if (most(texts, text -> text.stripLeading().startsWith("["))) {
      return new TopicFormat.Unknown(
          "each value is a JSON array: one record must hold one event, an object with named"
              + " fields");
    }
    Optional<Character> separator = CsvValues.separator(texts);
    if (separator.isPresent() && separator.get() != ',') {
      return new TopicFormat.Unknown(
          "the fields are separated by "
              + (separator.get() == '\t' ? "tabs" : "'" + separator.get() + "'")
              + ": events.format=csv reads commas between fields, and points in numbers");
    }
    return separator
        .flatMap(comma -> CsvValues.of(texts))
        .<TopicFormat>map(TopicFormat.Csv::new)
        .orElseGet(
            () ->
                new TopicFormat.Unknown(
                    "the values are text, but neither JSON objects nor rows of CSV"));
  }

  private static TopicFormat json(List<RawEvent> values, boolean framed) {
    TopicFormat bare = new TopicFormat.Json(Envelope.NONE, framed);
    List<Value> events =
        spread(values, OPENED).stream().flatMap(value -> bare.read(value).stream()).toList();
    return events.isEmpty()
        ? new TopicFormat.Unknown("the values begin as JSON objects, but are cut off or broken")
        : new TopicFormat.Json(Envelopes.of(events), framed);
  }

  /** Two of them or more, of which the last is the index of a class. */
  private static boolean floats(byte[] value) {
    if (value.length < 2 * Float.BYTES || value.length % Float.BYTES != 0) {
      return false;
    }
    ByteBuffer floats = ByteBuffer.wrap(value).order(ByteOrder.LITTLE_ENDIAN);
    while (floats.remaining() > Float.BYTES) {
      float number = floats.getFloat();
      // What is no float but bytes of something else is mostly far off every measure.
      boolean said = number != 0 && !Float.isNaN(number); // neither zero nor missing
      if (said && !(Math.abs(number) > 1e-20 && Math.abs(number) < 1e20)) {
        return false;
      }
    }
    float label = floats.getFloat();
    return label >= 0 && label == Math.rint(label) && label < MOST_CLASSES;
  }

  private static boolean binary(String text) {
    return text.chars().anyMatch(c -> c < ' ' && "\t\r\n".indexOf(c) < 0);
  }

  private static <T> boolean most(List<T> values, Predicate<T> holds) {
    return values.stream().filter(holds).count() >= MOST * values.size();
  }

  /** As many as need be looked at, from all parts of the sample. */
  private static List<RawEvent> spread(List<RawEvent> values, int wanted) {
    int step = Math.max(1, values.size() / wanted);
    return IntStream.iterate(0, i -> i < values.size(), i -> i + step)
        .mapToObj(values::get)
        .toList();
  }
}
