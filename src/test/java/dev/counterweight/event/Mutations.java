package dev.counterweight.event;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;

/** Events spoilt at random, as bytes and as texts; the same for the same seed. */
public final class Mutations {
  private static final int[] BYTES = {
    0, 1, 2, 0x7f, 0x80, 0xfe, 0xff, '"', '{', '}', '[', ',', '\\', '.', '-', '0', '9', ' '
  };
  private static final List<String> TEXTS =
      List.of(
          "1e400",
          "-1e-400",
          "-0",
          "0x1p3",
          "NaN",
          "null",
          "true",
          "\"\"",
          "\" \"",
          "\"\\ud800\"",
          "\"3\"",
          "{}",
          "[]",
          "[{\"amount\":1}]",
          "9".repeat(400),
          "0." + "1".repeat(1_500),
          "1e999999999",
          "\"" + "x".repeat(3_000) + "\"",
          "[".repeat(5_000),
          "{\"a\":".repeat(3_000),
          "-9223372036854775808",
          "\u0000",
          "\uFEFF");

  private final SplittableRandom random;

  public Mutations(long seed) {
    this.random = new SplittableRandom(seed);
  }

  /** An event with a fault, or two. */
  public byte[] spoil(byte[] event, byte[] other) {
    byte[] spoilt = event;
    for (int faults = 1 + random.nextInt(9) / 6; faults > 0; faults--) {
      spoilt = fault(spoilt, other);
    }
    return spoilt;
  }

  private byte[] fault(byte[] event, byte[] other) {
    int at = random.nextInt(event.length + 1);
    int to = Math.min(event.length, at + random.nextInt(12));
    return switch (random.nextInt(10)) {
      case 0, 1 -> set(event, at, i -> event[i] ^ 1 << random.nextInt(8));
      case 2 -> set(event, at, i -> BYTES[random.nextInt(BYTES.length)]);
      case 3 -> replace(event, at, to, new byte[0]);
      case 4 -> replace(event, to, to, Arrays.copyOfRange(event, at, to));
      case 5 -> Arrays.copyOf(event, at);
      case 6 -> replace(event, at, event.length, tail(other));
      case 7 -> replace(event, at, at, noise());
      case 8 -> replace(event, at, to, varint());
      default -> text(event, at);
    };
  }

  private byte[] tail(byte[] other) {
    return Arrays.copyOfRange(other, random.nextInt(other.length + 1), other.length);
  }

  private byte[] noise() {
    byte[] noise = new byte[random.nextInt(9)];
    random.nextBytes(noise);
    return noise;
  }

  /** Lengths and counts that promise more than there is. */
  private byte[] varint() {
    byte[] bytes = new byte[1 + random.nextInt(10)];
    Arrays.fill(bytes, (byte) 0xff);
    bytes[bytes.length - 1] = (byte) random.nextInt(16);
    return bytes;
  }

  /** Another value in place of one: what stands between two of JSON's or CSV's marks. */
  private byte[] text(byte[] event, int from) {
    int at = from;
    while (at < event.length && event[at] != ':' && event[at] != ',') {
      at++;
    }
    int end = Math.min(event.length, at + 1);
    while (end < event.length && ",}]".indexOf(event[end]) < 0) {
      end++;
    }
    String text = TEXTS.get(random.nextInt(TEXTS.size()));
    return replace(event, Math.min(event.length, at + 1), end, text.getBytes(UTF_8));
  }

  private interface Change {
    int at(int index);
  }

  private static byte[] set(byte[] event, int at, Change change) {
    byte[] changed = event.clone();
    if (at < changed.length) {
      changed[at] = (byte) change.at(at);
    }
    return changed;
  }

  private static byte[] replace(byte[] event, int from, int to, byte[] by) {
    byte[] changed = Arrays.copyOf(event, event.length - (to - from) + by.length);
    System.arraycopy(by, 0, changed, from, by.length);
    System.arraycopy(event, to, changed, from + by.length, event.length - to);
    return changed;
  }
}
