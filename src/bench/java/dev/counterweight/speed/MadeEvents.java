package dev.counterweight.speed;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * Made events: class 0 but for one in a hundred, and features of a normal distribution around a
 * mean that the class moves. The same shape gives the same events each time.
 *
 * @param features how many numbers an event has
 * @param classes how many classes; those but 0 share the hundredth
 * @param json whether they are JSON; else float32, the features and then the class
 */
record MadeEvents(int features, int classes, boolean json) {
  /** So many different ones, which come again and again. */
  private static final int DIFFERENT = 4096;

  private static final double RARE = 0.01;

  /** All different values, in order. */
  List<byte[]> values() {
    Random random = new Random(7);
    return IntStream.range(0, DIFFERENT)
        .mapToObj(
            i -> {
              int label =
                  random.nextDouble() < RARE ? 1 + random.nextInt(Math.max(1, classes - 1)) : 0;
              float[] row = new float[features];
              for (int f = 0; f < features; f++) {
                row[f] = (float) (random.nextGaussian() + (f % classes == label ? 1 : 0));
              }
              return json ? json(row, label) : float32(row, label);
            })
        .toList();
  }

  String featureNames() {
    return names("f", features);
  }

  String classNames() {
    return names("", classes);
  }

  private static String names(String prefix, int n) {
    return IntStream.range(0, n).mapToObj(i -> prefix + i).collect(Collectors.joining(","));
  }

  private static byte[] float32(float[] row, int label) {
    ByteBuffer bytes =
        ByteBuffer.allocate((row.length + 1) * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    for (float value : row) {
      bytes.putFloat(value);
    }
    return bytes.putFloat(label).array();
  }

  private static byte[] json(float[] row, int label) {
    StringBuilder text = new StringBuilder("{");
    for (int f = 0; f < row.length; f++) {
      text.append(String.format(Locale.ROOT, "\"f%d\":%.4f,", f, row[f]));
    }
    return text.append("\"label\":\"").append(label).append("\"}").toString().getBytes(UTF_8);
  }
}
