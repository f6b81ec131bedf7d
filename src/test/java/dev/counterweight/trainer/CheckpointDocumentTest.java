package dev.counterweight.trainer;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.counterweight.batch.MiniBatch;
import dev.counterweight.checkpoint.Announcement;
import dev.counterweight.checkpoint.CheckpointManifest;
import dev.counterweight.checkpoint.StoredCheckpoint;
import dev.counterweight.tensor.SafeTensors;
import dev.counterweight.tensor.Tensor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.IntFunction;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** docs/checkpoint.md lists what is written, and nothing else. */
class CheckpointDocumentTest {
  private static final Pattern TENSOR = Pattern.compile("\\| `([^`]+)` \\| (\\w+) (\\[.*?]) \\|.*");
  private static final Set<String> ONE_EACH =
      Set.of(
          "forest.held",
          "forest.slots",
          "forest.seen",
          "forest.since",
          "forest.built",
          "forest.work");
  private static final Pattern FIELD = Pattern.compile("\\| `([^`]+)` \\|[^|]*\\|");

  @TempDir Path folder;
  private final List<StoredCheckpoint> written = new ArrayList<>();

  /**
   * One with each kind of optimiser state and features of all types, the first of several networks,
   * one with a threshold.
   */
  @BeforeEach
  void write() throws IOException {
    write(
        job("adam")
            .with(DeclaredFeatures.ALL)
            .with("model.rates", "0.5,1")
            .with("model.average", "0.9")
            .with("model.forest", "5")
            .with("events.recent.labels", "true"),
        number -> TrainerJob.recent(DeclaredFeatures.batch(number)));
    write(job("sgd").with(DeclaredFeatures.ALL), DeclaredFeatures::batch);
    write(job("sgd").with("decision", "recall(a,0.9)"), TrainerJob::batch);
  }

  private TrainerJob job(String optimizer) {
    return new TrainerJob("localhost:1", "any", folder).with("optimizer", optimizer);
  }

  private void write(TrainerJob job, IntFunction<MiniBatch> records) throws IOException {
    try (TrainingRun run = new TrainingRun(job.config())) {
      run.train(records.apply(0));
      run.train(records.apply(1));
      written.add(job.save(run));
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "model.safetensors",
        "forest.safetensors",
        "optimizer.safetensors",
        "state.safetensors"
      })
  void everyTensorIsListedWithItsTypeAndShape(String file) throws IOException {
    Map<String, Tensor> tensors = new TreeMap<>();
    for (StoredCheckpoint checkpoint : written) {
      byte[] bytes = checkpoint.files().get(file);
      if (bytes != null) {
        tensors.putAll(SafeTensors.parse(bytes).tensors());
      }
    }
    Set<String> found = new TreeSet<>();
    tensors.forEach((name, tensor) -> found.add(row(name, tensor)));

    Set<String> listed =
        section(file).stream()
            .map(TENSOR::matcher)
            .filter(Matcher::matches)
            .map(row -> row.group(1) + " " + row.group(2) + row.group(3).replaceAll("[a-z]+", "_"))
            .collect(Collectors.toCollection(TreeSet::new));

    assertThat(listed).isEqualTo(found);
  }

  @Test
  void everyFieldOfTheManifestIsListed() throws IOException {
    Path json = Path.of(written.get(0).location(), "checkpoint.json");

    assertThat(fields("checkpoint.json"))
        .isEqualTo(
            paths(
                new ObjectMapper().readTree(json.toFile()),
                Set.of("spans", "end", "priors", "class_weights", "files")));
  }

  @Test
  void everyFieldOfAnAnnouncementIsListed() throws IOException {
    StoredCheckpoint newest = written.get(0);
    Announcement announcement = Announcement.of(newest, List.of(written.get(1).ref()), 1 << 20);

    assertThat(fields("The announcement"))
        .isEqualTo(paths(new ObjectMapper().readTree(announcement.toJson()), Set.of("inline")));
  }

  @Test
  void theVersionIsTheOneWritten() throws IOException {
    assertThat(Files.readString(document()))
        .startsWith("# The checkpoint, format " + CheckpointManifest.FORMAT + "\n");
  }

  /** A tensor as the document would list it: L for a layer, letters for sizes. */
  private static String row(String name, Tensor tensor) {
    String general =
        name.replaceFirst("^(average\\.)?((rate\\.)?\\d+\\.|linear\\.)(?=\\d+\\.)", "")
            .replaceFirst("^\\d+\\.", "L.")
            .replaceFirst("^features\\.drawn\\.\\w+", "features.drawn.NAME")
            .replaceFirst("^embedding\\.\\w+\\.", "embedding.NAME.");
    List<String> dims = new ArrayList<>();
    for (int d = 0; d < tensor.shape().size(); d++) {
      dims.add(letter(general, d, tensor.shape().get(d)));
    }
    return general + " " + tensor.getClass().getSimpleName() + dims;
  }

  private static String letter(String name, int dimension, long size) {
    if (name.startsWith("forest.") && !ONE_EACH.contains(name) && dimension == 0) {
      return name.startsWith("forest.pool.") ? "3" : "_";
    }
    if (name.equals("forest.trees")) {
      return "3";
    }
    if (name.equals("forest.rows")) {
      return "C";
    }
    boolean rows =
        name.startsWith("L.")
            || name.startsWith("embedding.")
            || name.startsWith("pending.")
            || name.contains(".window.")
            || name.equals("normalizer.sample.rows")
            || name.equals("trainer.spans")
            || name.equals("trainer.end");
    if (rows && (dimension == 0 || name.startsWith("L.") || name.startsWith("embedding."))) {
      return "_";
    }
    if (name.equals("mixture.guest")) {
      return "1+K";
    }
    if (name.startsWith("mixture.") && size == 4) {
      return "J";
    }
    if (name.equals("pending.features")) {
      return "C";
    }
    if (name.startsWith("features.") && size > 1) {
      return "_";
    }
    Map<Long, String> letters =
        Map.of(3L, "K", 4L, "N", 8L, "N", 65L, "Q+1", 180L, "45+45K", 3L * 4096, "4096K");
    if (name.equals("trainer.counters")) {
      return "3";
    }
    if (name.equals("recent.partitions") || (name.equals("recent.shares") && dimension == 0)) {
      return "_";
    }
    if (name.contains("recent.") || name.equals("late.known")) {
      return size == 3 && dimension == tensorDimension(name) ? "K" : Long.toString(size);
    }
    return Set.of("calibrator.parameters", "calibrator.squares", "decisions.trust")
            .contains(name.replaceFirst("^late\\.", ""))
        ? "1+K"
        : letters.getOrDefault(size, Long.toString(size));
  }

  /** Of the shares of classes over three lengths, that of the classes. */
  private static int tensorDimension(String name) {
    return name.equals("recent.shares") ? 2 : name.equals("late.known") ? 1 : -1;
  }

  private static Set<String> fields(String section) throws IOException {
    return section(section).stream()
        .map(FIELD::matcher)
        .filter(Matcher::matches)
        .map(row -> row.group(1))
        .collect(Collectors.toCollection(TreeSet::new));
  }

  private static Set<String> paths(JsonNode json, Set<String> maps) {
    Set<String> paths = new TreeSet<>();
    json.properties()
        .forEach(
            field -> {
              String name = field.getKey();
              if (name.equals("metrics")) {
                paths.add("metrics.*");
              } else if (name.equals("probabilities") || name.equals("serving")) {
                field
                    .getValue()
                    .properties()
                    .forEach(of -> paths.add(name + "." + of.getKey() + byClass(of.getValue())));
              } else if (maps.contains(name)) {
                field.getValue().forEach(value -> collect(name + ".*", value, paths));
              } else {
                collect(name, field.getValue(), paths);
              }
            });
    return paths;
  }

  private static String byClass(JsonNode value) {
    return value.isObject() ? ".*" : "";
  }

  private static void collect(String path, JsonNode value, Set<String> paths) {
    if (value.isArray() && value.path(0).isObject()) {
      value.forEach(item -> collect(path, item, paths));
    } else if (value.isObject()) {
      value.properties().forEach(f -> collect(path + "." + f.getKey(), f.getValue(), paths));
    } else {
      paths.add(path);
    }
  }

  /** The lines below a heading. */
  private static List<String> section(String heading) throws IOException {
    List<String> lines = Files.readAllLines(document());
    int from = lines.indexOf("## `" + heading + "`");
    from = from < 0 ? lines.indexOf("## " + heading) : from;
    assertThat(from).as(heading).isNotNegative();
    List<String> rest = lines.subList(from + 1, lines.size());
    return rest.stream().takeWhile(line -> !line.startsWith("## ")).toList();
  }

  private static Path document() {
    return Path.of("docs/checkpoint.md");
  }
}
