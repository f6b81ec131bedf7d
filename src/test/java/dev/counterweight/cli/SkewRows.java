package dev.counterweight.cli;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.counterweight.event.Embedding;
import dev.counterweight.event.FeatureSchema;
import dev.counterweight.tensor.Tensor;
import java.io.BufferedWriter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.SortedMap;
import java.util.SplittableRandom;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Events of a made-up job with features of every type and missing rule, as text, as JSON, and as
 * what exported files take. A function of their number and format.
 */
final class SkewRows {
  private static final long FIRST_MS = 1_750_000_000_000L;
  private static final List<String> COUNTRIES =
      List.of("CH", "DE", "Zürich", "FR", "IT", "😀", "UK");

  /** Names and, of what has a text or is a time, a mark: t, m. */
  private final List<String> names;

  private final List<List<@Nullable String>> rows = new ArrayList<>();
  private final List<String> labels = new ArrayList<>();

  /**
   * @param numbers whether features are numbers alone, as float32 has them
   */
  SkewRows(int count, boolean numbers) {
    this.names =
        numbers
            ? List.of("amount", "age", "score", "code")
            : List.of("amount", "age", "score", "code", "country", "seen");
    SplittableRandom random = new SplittableRandom(7);
    for (int i = 0; i < count; i++) {
      boolean fraud = random.nextInt(12) == 0;
      List<@Nullable String> row = new ArrayList<>();
      row.add(decimal(random.nextGaussian() * 20 + (fraud ? 75 : 50)));
      row.add(random.nextInt(6) == 0 ? null : String.valueOf(18 + random.nextInt(70)));
      row.add(random.nextInt(6) == 0 ? null : decimal(Math.exp(2 * random.nextGaussian())));
      row.add(String.valueOf(random.nextInt(40) * (fraud ? 2 : 1)));
      if (!numbers) {
        row.add(random.nextInt(8) == 0 ? null : COUNTRIES.get(random.nextInt(fraud ? 2 : 7)));
        row.add(random.nextInt(8) == 0 ? null : String.valueOf(FIRST_MS + i * 61_003L));
      }
      rows.add(row);
      labels.add(fraud ? "fraud" : "ok");
    }
  }

  private static String decimal(double value) {
    return String.format(Locale.ROOT, "%.4f", value);
  }

  int count() {
    return rows.size();
  }

  /** What a job says of them. */
  List<String> properties() {
    List<String> lines = new ArrayList<>();
    lines.add("events.features=" + String.join(",", names));
    lines.add("feature.age.missing=mean");
    lines.add("feature.score.missing=7.5");
    if (names.contains("seen")) {
      lines.add("feature.code.type=category");
      lines.add("feature.code.buckets=64");
      lines.add("feature.country.type=category");
      lines.add("feature.country.buckets=32");
      lines.add("feature.country.missing=mean");
      lines.add("feature.seen.type=time");
      lines.add("feature.seen.missing=mean");
      lines.add("events.zone=Europe/Zurich");
    }
    return lines;
  }

  /** As a file for {@code replay}. */
  Path csv(Path file) throws IOException {
    try (BufferedWriter out = Files.newBufferedWriter(file)) {
      out.write(String.join(",", names) + ",outcome\n");
      for (int i = 0; i < rows.size(); i++) {
        for (String value : rows.get(i)) {
          out.write((value == null ? "" : value) + ",");
        }
        out.write(labels.get(i) + "\n");
      }
    }
    return file;
  }

  /** An event as JSON, without its label. */
  String json(int row) {
    ObjectNode event = new ObjectMapper().createObjectNode();
    for (int f = 0; f < names.size(); f++) {
      String value = rows.get(row).get(f);
      if (value == null) {
        event.putNull(names.get(f));
      } else if (names.get(f).equals("country")) {
        event.put(names.get(f), value);
      } else if (value.contains(".")) {
        event.put(names.get(f), Double.parseDouble(value));
      } else {
        event.put(names.get(f), Long.parseLong(value));
      }
    }
    return event.toString();
  }

  /**
   * As an exported file takes them.
   *
   * @param columns that the scorer makes of them: of a category they have its row
   */
  SortedMap<String, Tensor> inputs(FeatureSchema schema, float[] columns) {
    SortedMap<String, Tensor> inputs = new TreeMap<>();
    for (int f = 0; f < names.size(); f++) {
      String name = names.get(f);
      Embedding table =
          schema.embeddings().stream()
              .filter(embedding -> embedding.feature().equals(name))
              .findFirst()
              .orElse(null);
      inputs.put(
          name,
          table != null
              ? placed(columns, schema.columnCount(), table.firstColumn())
              : name.equals("seen") ? times(f) : numbers(f));
    }
    return inputs;
  }

  private Tensor placed(float[] columns, int stride, int first) {
    long[] values = new long[rows.size()];
    for (int row = 0; row < values.length; row++) {
      values[row] = (long) columns[row * stride + first];
    }
    return new Tensor.I64(values, values.length);
  }

  private Tensor times(int feature) {
    long[] values = new long[rows.size()];
    for (int row = 0; row < values.length; row++) {
      String ms = rows.get(row).get(feature);
      values[row] = ms == null ? Long.MIN_VALUE : Long.parseLong(ms);
    }
    return new Tensor.I64(values, values.length);
  }

  private Tensor numbers(int feature) {
    float[] values = new float[rows.size()];
    for (int row = 0; row < values.length; row++) {
      String value = rows.get(row).get(feature);
      values[row] = value == null ? Float.NaN : (float) Double.parseDouble(value);
    }
    return new Tensor.F32(values, values.length);
  }
}
