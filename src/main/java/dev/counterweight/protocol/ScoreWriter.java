package dev.counterweight.protocol;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.core.io.JsonStringEncoder;
import com.fasterxml.jackson.core.io.NumberOutput;
import dev.counterweight.serving.Reason;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Writes the {@link ServedScore scores} of one model as JSON: what is the same in all of them is
 * made once. Numbers are the shortest decimals that stand for them alone. Not thread-safe.
 */
public final class ScoreWriter {
  private static final int ROOM = 1024;

  /** Digits of a long, and its sign. */
  private static final int MOST_DIGITS = 20;

  private final byte[][] names;
  private final byte[] model;
  private byte[] buffer = new byte[ROOM];
  private int size;

  /**
   * Of the scores of one model, by what {@link ServedScore} says of it.
   *
   * @param classes in class order
   */
  public ScoreWriter(
      List<String> classes,
      @Nullable Double threshold,
      long step,
      String checkpoint,
      String schema) {
    this.names = classes.stream().map(ScoreWriter::quoted).toArray(byte[][]::new);
    StringBuilder text = new StringBuilder();
    if (threshold != null) {
      text.append(",\"threshold\":").append(NumberOutput.toString(threshold, true));
    }
    text.append(",\"step\":").append(step);
    this.model =
        join(
            text.toString().getBytes(UTF_8),
            ",\"checkpoint\":".getBytes(UTF_8),
            quoted(checkpoint),
            ",\"schema\":".getBytes(UTF_8),
            quoted(schema));
  }

  /**
   * The score of one event.
   *
   * @param probabilities K of them, as served; kept by the caller
   * @param decision class index
   * @param place of the event; null of one that came over HTTP
   * @throws InvariantException if the probabilities are none, or do not sum to 1
   */
  public byte[] write(
      double[] probabilities,
      int decision,
      ServedScore.@Nullable Place place,
      List<Reason> reasons) {
    begin(probabilities, decision);
    if (place != null) {
      place(place.partition(), place.offset());
    }
    return end(reasons);
  }

  /** The same without a record of the place. */
  public byte[] write(
      double[] probabilities, int decision, int partition, long offset, List<Reason> reasons) {
    begin(probabilities, decision);
    place(partition, offset);
    return end(reasons);
  }

  private void begin(double[] probabilities, int decision) {
    ServedScore.requireSound(probabilities);
    size = 0;
    text("{\"probabilities\":{");
    for (int c = 0; c < names.length; c++) {
      if (c > 0) {
        text(",");
      }
      bytes(names[c]);
      text(":");
      number(probabilities[c]);
    }
    text("},\"decision\":");
    bytes(names[decision]);
    bytes(model);
  }

  private void place(int partition, long offset) {
    ServedScore.Place.require(partition, offset);
    text(",\"partition\":");
    whole(partition);
    text(",\"offset\":");
    whole(offset);
  }

  private byte[] end(List<Reason> reasons) {
    if (!reasons.isEmpty()) {
      text(",\"reasons\":[");
      for (int i = 0; i < reasons.size(); i++) {
        text(i == 0 ? "{\"feature\":" : ",{\"feature\":");
        bytes(quoted(reasons.get(i).feature()));
        text(",\"contribution\":");
        number(reasons.get(i).contribution());
        text("}");
      }
      text("]");
    }
    text("}");
    return Arrays.copyOf(buffer, size);
  }

  private void number(double value) {
    text(NumberOutput.toString(value, true));
  }

  private void whole(long value) {
    room(MOST_DIGITS);
    size = NumberOutput.outputLong(value, buffer, size);
  }

  /** ASCII. */
  @SuppressWarnings("deprecation") // Takes the low byte of each character, which is all there is.
  private void text(String text) {
    room(text.length());
    text.getBytes(0, text.length(), buffer, size);
    size += text.length();
  }

  private void bytes(byte[] bytes) {
    room(bytes.length);
    System.arraycopy(bytes, 0, buffer, size, bytes.length);
    size += bytes.length;
  }

  private void room(int more) {
    if (buffer.length - size < more) {
      buffer = Arrays.copyOf(buffer, Math.max(2 * buffer.length, size + more));
    }
  }

  private static byte[] quoted(String text) {
    return join(
        new byte[] {'"'}, JsonStringEncoder.getInstance().quoteAsUTF8(text), new byte[] {'"'});
  }

  private static byte[] join(byte[]... parts) {
    byte[] all = new byte[Arrays.stream(parts).mapToInt(part -> part.length).sum()];
    int at = 0;
    for (byte[] part : parts) {
      System.arraycopy(part, 0, all, at, part.length);
      at += part.length;
    }
    return all;
  }
}
