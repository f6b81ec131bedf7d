package dev.counterweight.event;

import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CoderResult;
import java.nio.charset.StandardCharsets;
import java.text.Normalizer;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;

/**
 * Text of strangers as messages show it: cut where it is long, and what cannot be seen on a screen,
 * or would act on it, as {@code \}{@code uXXXX}.
 */
public final class Shown {
  private static final int MAX_CHARACTERS = 120;
  private static final int MAX_NAMES = 12;
  private static final int MAX_BYTES = 1000;
  private static final int MAX_HEX_BYTES = 64;

  private Shown() {}

  /** A text, whole if it is short and can be seen. */
  public static String text(String value) {
    boolean composed = Normalizer.isNormalized(head(value), Normalizer.Form.NFC);
    StringBuilder shown = new StringBuilder();
    value
        .codePoints()
        .limit(MAX_CHARACTERS)
        .forEach(point -> append(shown, point, invisible(point, composed)));
    long length = value.codePointCount(0, value.length());
    return length <= MAX_CHARACTERS
        ? shown.toString()
        : shown + "… (" + length + " characters in all)";
  }

  /**
   * Bytes: as text where they are UTF-8 that can be read, the first of them as hexadecimal digits
   * where they are not, and how many there are where that is cut.
   */
  public static String bytes(byte[] value) {
    byte[] first = Arrays.copyOf(value, Math.min(value.length, MAX_BYTES));
    CharBuffer read = CharBuffer.allocate(first.length);
    CoderResult end =
        StandardCharsets.UTF_8
            .newDecoder()
            .decode(ByteBuffer.wrap(first), read, first.length == value.length);
    String text = read.flip().toString();
    boolean binary =
        end.isError() || text.chars().anyMatch(c -> c < ' ' && "\t\r\n".indexOf(c) < 0);
    String cut = String.format(Locale.ROOT, "… (%,d bytes in all)", value.length);
    if (binary) {
      String digits =
          HexFormat.ofDelimiter(" ").formatHex(first, 0, Math.min(MAX_HEX_BYTES, first.length));
      return "0x " + digits + (value.length > MAX_HEX_BYTES ? cut : "");
    }
    StringBuilder shown = new StringBuilder();
    text.codePoints().forEach(point -> append(shown, point, invisible(point, true)));
    return first.length < value.length ? shown + cut : shown.toString();
  }

  /** A text, every character beyond ASCII as its code point. */
  static String codePoints(String value) {
    StringBuilder shown = new StringBuilder();
    value
        .codePoints()
        .limit(MAX_CHARACTERS)
        .forEach(point -> append(shown, point, point > '~' || point < ' '));
    return shown.toString();
  }

  /** Names, comma-separated; of many the first, and how many there are. */
  public static String names(List<String> names) {
    String shown = String.join(", ", names.stream().limit(MAX_NAMES).map(Shown::text).toList());
    return names.size() <= MAX_NAMES ? shown : shown + ", … (" + names.size() + " in all)";
  }

  /** What of a text can be shown at most, and its neighbourhood: no more is looked at. */
  private static String head(String value) {
    return value.substring(0, Math.min(value.length(), 2 * MAX_CHARACTERS));
  }

  private static void append(StringBuilder shown, int point, boolean escaped) {
    if (!escaped) {
      shown.appendCodePoint(point);
      return;
    }
    for (char unit : Character.toChars(point)) {
      shown.append("\\u%04x".formatted((int) unit));
    }
  }

  private static boolean invisible(int point, boolean composed) {
    return switch (Character.getType(point)) {
      case Character.CONTROL,
          Character.FORMAT,
          Character.SURROGATE,
          Character.PRIVATE_USE,
          Character.UNASSIGNED,
          Character.LINE_SEPARATOR,
          Character.PARAGRAPH_SEPARATOR ->
          true;
      case Character.SPACE_SEPARATOR -> point != ' ';
      // An accent of its own looks like the letter that has it.
      case Character.NON_SPACING_MARK, Character.ENCLOSING_MARK -> !composed;
      default -> point == '\uFFFD';
    };
  }
}
