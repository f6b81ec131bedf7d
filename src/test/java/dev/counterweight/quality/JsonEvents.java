package dev.counterweight.quality;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.zip.GZIPInputStream;

/**
 * Events as they are: the first lines of a gzipped file of JSON objects. A field that ever holds a
 * text is declared a category, one that is ever null may be missing; {@code label} is the label.
 *
 * @param values the lines
 * @param labels by class
 */
public record JsonEvents(
    String name,
    List<String> features,
    List<byte[]> values,
    TreeMap<String, Long> labels,
    Map<String, String> settings)
    implements EventSet {
  private static final ObjectMapper JSON = new ObjectMapper();

  /** Reads at most {@code limit} lines; the name is the file's, up to the first dot. */
  public static JsonEvents load(Path file, long limit) throws IOException {
    String name = file.getFileName().toString().replaceFirst("\\..*", "");
    Set<String> features = new LinkedHashSet<>();
    List<byte[]> values = new ArrayList<>();
    TreeMap<String, Long> labels = new TreeMap<>();
    Map<String, String> settings = new HashMap<>(Map.of("events.format", "json"));
    try (BufferedReader in =
        new BufferedReader(
            new InputStreamReader(new GZIPInputStream(Files.newInputStream(file)), UTF_8))) {
      for (String line = in.readLine();
          line != null && values.size() < limit;
          line = in.readLine()) {
        values.add(line.getBytes(UTF_8));
        for (Map.Entry<String, JsonNode> field : JSON.readTree(line).properties()) {
          if (field.getKey().equals("label")) {
            labels.merge(field.getValue().asText(), 1L, Long::sum);
          } else {
            features.add(field.getKey());
            declare(field.getKey(), field.getValue(), settings);
          }
        }
      }
    }
    return new JsonEvents(name, List.copyOf(features), values, labels, settings);
  }

  private static void declare(String feature, JsonNode value, Map<String, String> settings) {
    if (value.isTextual()) {
      settings.put("feature." + feature + ".type", "category");
    } else if (value.isNull()) {
      settings.put("feature." + feature + ".missing", "mean");
    }
  }

  @Override
  public List<String> classes() {
    return List.copyOf(labels.keySet());
  }

  @Override
  public int size() {
    return values.size();
  }

  @Override
  public long[] counts() {
    return labels.values().stream().mapToLong(count -> count).toArray();
  }

  @Override
  public byte[] event(int row) {
    return values.get(row);
  }
}
