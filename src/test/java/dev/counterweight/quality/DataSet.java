package dev.counterweight.quality;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.zip.GZIPInputStream;

/**
 * A labelled table in memory: the first rows of a gzipped CSV with a header line, numeric features
 * and the label in the last column.
 *
 * @param classes the labels that occur, sorted
 * @param rows features, row-major
 * @param labels class indices
 */
public record DataSet(
    String name, List<String> features, List<String> classes, float[] rows, int[] labels)
    implements EventSet {

  /** Reads at most {@code limit} rows; the name is the file's, up to the first dot. */
  public static DataSet load(Path file, long limit) throws IOException {
    String name = file.getFileName().toString().replaceFirst("\\..*", "");
    List<float[]> rows = new ArrayList<>();
    List<String> labels = new ArrayList<>();
    List<String> header;
    try (BufferedReader in =
        new BufferedReader(
            new InputStreamReader(new GZIPInputStream(Files.newInputStream(file)), UTF_8))) {
      header = cells(in.readLine());
      for (String line = in.readLine(); line != null && rows.size() < limit; line = in.readLine()) {
        List<String> cells = cells(line);
        float[] row = new float[header.size() - 1];
        for (int f = 0; f < row.length; f++) {
          row[f] = Float.parseFloat(cells.get(f));
        }
        rows.add(row);
        labels.add(cells.get(row.length));
      }
    }
    return of(name, header.subList(0, header.size() - 1), rows, labels);
  }

  public static DataSet of(
      String name, List<String> features, List<float[]> rows, List<String> labels) {
    List<String> classes = List.copyOf(new TreeSet<>(labels));
    float[] flat = new float[rows.size() * features.size()];
    for (int i = 0; i < rows.size(); i++) {
      System.arraycopy(rows.get(i), 0, flat, i * features.size(), features.size());
    }
    return new DataSet(
        name, features, classes, flat, labels.stream().mapToInt(classes::indexOf).toArray());
  }

  @Override
  public int size() {
    return labels.length;
  }

  @Override
  public long[] counts() {
    long[] counts = new long[classes.size()];
    Arrays.stream(labels).forEach(label -> counts[label]++);
    return counts;
  }

  /** A row as an event of format float32. */
  @Override
  public byte[] event(int row) {
    int width = features.size();
    ByteBuffer bytes =
        ByteBuffer.allocate((width + 1) * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    for (int f = 0; f < width; f++) {
      bytes.putFloat(rows[row * width + f]);
    }
    return bytes.putFloat(labels[row]).array();
  }

  @Override
  public Map<String, String> settings() {
    return Map.of("events.format", "float32");
  }

  /** A stretch of it, of the same classes. */
  DataSet slice(int from, int to) {
    int width = features.size();
    return new DataSet(
        name,
        features,
        classes,
        Arrays.copyOfRange(rows, from * width, to * width),
        Arrays.copyOfRange(labels, from, to));
  }

  private static List<String> cells(String line) {
    return Arrays.asList(line.split(",", -1));
  }
}
