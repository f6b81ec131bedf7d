package dev.counterweight.trainer;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.counterweight.checkpoint.Announcement;
import dev.counterweight.checkpoint.CheckpointFolder;
import dev.counterweight.checkpoint.CheckpointManifest;
import dev.counterweight.checkpoint.ServedCheckpoint;
import dev.counterweight.checkpoint.StoredCheckpoint;
import dev.counterweight.event.Sha256;
import dev.counterweight.protocol.FailureException;
import dev.counterweight.tensor.Tensor;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Checkpoints that are damaged, and checkpoints that somebody made up, hashes and announcement
 * included: each is refused with the reason, and none does harm on the way.
 */
class HostileCheckpointTest {
  private static final String MODEL = "model.safetensors";
  private static final String OPTIMIZER = "optimizer.safetensors";
  private static final String STATE = "state.safetensors";
  private static final String FOREST = "forest.safetensors";
  private static final String TREES = "\"forest\" : 5,?";
  private static SortedMap<String, byte[]> valid = new TreeMap<>();

  @TempDir Path folder;
  private CheckpointFolder store;

  /**
   * One way to do it.
   *
   * @param files changes the files before they are hashed
   * @param json changes checkpoint.json before it is announced
   * @param disk changes the folder behind everybody's back
   */
  record Hostile(String name, Content files, UnaryOperator<String> json, Disk disk, String reason) {
    @Override
    public String toString() {
      return name;
    }
  }

  interface Content {
    void change(SortedMap<String, byte[]> files);
  }

  interface Disk {
    void change(Path checkpoint) throws IOException;
  }

  static List<Hostile> hostile() {
    return List.of(
        disk("truncated model", c -> Files.write(c.resolve(MODEL), new byte[3]), "has 3 bytes"),
        disk("empty state", c -> Files.write(c.resolve(STATE), new byte[0]), "has 0 bytes"),
        disk("flipped byte", c -> flip(c.resolve(OPTIMIZER)), "another SHA-256"),
        disk("longer file", c -> Files.write(c.resolve(MODEL), new byte[1 << 20]), "1048576 bytes"),
        disk("missing file", c -> Files.delete(c.resolve(STATE)), "is missing"),
        disk("a folder for a file", c -> folderFor(c.resolve(MODEL)), "is missing"),
        disk("flipped manifest", c -> flip(c.resolve("checkpoint.json")), "not the one announced"),
        disk("no manifest", c -> Files.delete(c.resolve("checkpoint.json")), "is missing"),
        json("no JSON", j -> "{", "Unexpected end"),
        json("no object", j -> "[1]", "format is missing"),
        json("another format", j -> j.replace("\"format\" : 1", "\"format\" : 2"), "format 2"),
        json("a field missing", j -> j.replace("\"schema\"", "\"scheme\""), "schema"),
        json(
            "a null schema",
            j -> j.replaceFirst("\"features\" : \\[[^]]*]", "\"features\" : null"),
            "Schema"),
        json("deep nesting", j -> "[".repeat(100_000), "nesting depth"),
        json("a path upwards", j -> j.replace(MODEL, "../" + MODEL), "name '../model"),
        json("an absolute path", j -> j.replace(MODEL, "/etc/passwd"), "name '/etc/passwd'"),
        json("no model listed", j -> j.replace(MODEL, "modem.safetensors"), "modem.safetensors"),
        json(
            "a negative size", j -> j.replaceFirst("\"bytes\" : \\d+", "\"bytes\" : -1"), "not -1"),
        json(
            "a huge size",
            j -> j.replaceFirst("\"bytes\" : \\d+", "\"bytes\" : 9000000000000000000"),
            "not 9000000000000000000"),
        bytes("no safetensors", f -> "text".getBytes(StandardCharsets.UTF_8), "4 bytes"),
        bytes("a giant header", f -> headerLength(f, 1L << 40), "header of 1099511627776 bytes"),
        bytes("a negative header", f -> headerLength(f, -8), "header of -8 bytes"),
        bytes("a header of no JSON", f -> header("{{{{", 0), "not JSON"),
        bytes("nesting in a header", f -> header("[".repeat(50_000), 0), "not JSON"),
        bytes("overlapping tensors", f -> header(two(0, 8, 4, 12), 12), "must begin at 8"),
        bytes("a gap", f -> header(two(0, 8, 12, 20), 20), "must begin at 8"),
        bytes("data beyond the end", f -> header(two(0, 8, 8, 16), 12), "fill 16 bytes"),
        bytes("offsets backwards", f -> header(one("F32", "[2]", 8, 0), 8), "needs 8 bytes"),
        bytes(
            "a shape that overflows",
            f -> header(one("F32", "[4294967296,4294967296]", 0, 0), 0),
            "sizes must be"),
        bytes("a negative shape", f -> header(one("F32", "[-2]", 0, 8), 8), "sizes must be"),
        bytes("an unknown type", f -> header(one("F8", "[8]", 0, 8), 8), "element type 'F8'"),
        bytes("a name twice", f -> header("{\"a\":1,\"a\":2}", 0), "not JSON"),
        tensor(
            "NaN in the model",
            MODEL,
            "rate.1.0.weight",
            t -> first(t, Float.NaN),
            "'rate.1.0.weight' has a value"),
        tensor(
            "infinity in a moment",
            OPTIMIZER,
            "rate.1.2.bias.exp_avg",
            t -> first(t, Float.POSITIVE_INFINITY),
            "'rate.1.2.bias.exp_avg' has a value"),
        tensor(
            "NaN in the normaliser",
            STATE,
            "normalizer.m2",
            t -> first(t, Double.NaN),
            "'normalizer.m2' has a value"),
        tensor(
            "NaN in a waiting row",
            STATE,
            "pending.features",
            t -> first(t, Float.NaN),
            "'pending.features' has a value"),
        tensor(
            "another shape",
            MODEL,
            "rate.1.0.bias",
            t -> new Tensor.F32(new float[2], 2),
            "F32[2] and must be F32[16]"),
        tensor(
            "another type",
            MODEL,
            "rate.1.0.bias",
            t -> new Tensor.F64(new double[16], 16),
            "F64[16] and must be F32[16]"),
        tensor(
            "one too many",
            MODEL,
            "9.bias",
            t -> new Tensor.F32(new float[2], 2),
            "none of this model's"),
        tensor("a class there is not", STATE, "pending.labels", t -> filled(t, 3), "label 3"),
        tensor(
            "a decision there is not",
            STATE,
            "evaluation.window.decisions",
            t -> filled(t, 7),
            "class 7"),
        tensor("a negative count", STATE, "evaluation.rows", t -> filled(t, -1), "evaluation.rows"),
        tensor(
            "counts that overflow",
            STATE,
            "evaluation.rows",
            t -> filled(t, Long.MAX_VALUE / 2),
            "evaluation.rows"),
        tensor(
            "a negative second moment",
            OPTIMIZER,
            "rate.1.2.bias.exp_avg_sq",
            t -> first(t, -1),
            "'rate.1.2.bias.exp_avg_sq' is -1.0: must not be below 0"),
        tensor(
            "a negative weight of the normaliser",
            STATE,
            "normalizer.weight",
            t -> first(t, -1),
            "'normalizer.weight' is -1.0: must not be below 0"),
        tensor(
            "more buckets than a window has",
            STATE,
            "drift.recall.counters",
            t -> filled(t, 9),
            "9 buckets of 1 values: must have 0 to 5"),
        tensor(
            "a window of more values than its buckets hold",
            STATE,
            "drift.prior.counters",
            t -> filled(t, 1),
            "values in its buckets, of 1: must have 1"),
        tensor("a negative step", OPTIMIZER, "step", t -> filled(t, -5), "'step' is -5"),
        tensor("a negative partition", STATE, "trainer.spans", t -> filled(t, -2), "partition -2"),
        tensor("rows that are not there", FOREST, "forest.held", t -> filled(t, 1), "forest.rows"),
        tensor(
            "what the state has",
            FOREST,
            "forest.slots",
            t -> t,
            "tensor 'forest.slots' is in state.safetensors and in forest.safetensors"),
        tensor("a slot there is not", STATE, "forest.slots", t -> filled(t, 99), "forest.slots"),
        tensor(
            "a power that no pool has",
            STATE,
            "forest.pool.parameters",
            t -> first(t, 3.5),
            "'forest.pool.parameters' has 3.5: must be at most 3.0"));
  }

  /** What neither goes on training nor is served. */
  static List<Hostile> hostileForests() {
    return List.of(
        disk("truncated", c -> Files.write(c.resolve(FOREST), new byte[3]), "has 3 bytes"),
        disk("empty", c -> Files.write(c.resolve(FOREST), new byte[0]), "has 0 bytes"),
        disk("flipped byte", c -> flip(c.resolve(FOREST)), FOREST + " has another SHA-256"),
        disk("missing", c -> Files.delete(c.resolve(FOREST)), FOREST + " is missing"),
        files("no safetensors", f -> f.put(FOREST, new byte[4]), "4 bytes"),
        power("networks", "3.5"),
        power("slow", "-0.1"),
        power("quick", "\"NaN\""),
        json("a power missing", j -> j.replace("\"slow\"", "\"slower\""), "property 'slow'"),
        json(
            "none asked for",
            j -> j.replaceFirst(TREES, ""),
            "training.forest is missing, and forest.safetensors is among its files"),
        json(
            "no file listed",
            j -> j.replace(FOREST, "other.safetensors"),
            "training.forest is 5, and forest.safetensors is not among its files"),
        json(
            "powers of nothing",
            j -> j.replaceFirst(TREES, "").replace(FOREST, "other.safetensors"),
            "probabilities.forest is told, and training.forest is missing"),
        tensor(
            "another shape",
            FOREST,
            "forest.thresholds",
            t -> new Tensor.F32(new float[2], 2),
            "F32[2] and must be"),
        tensor("a negative count", FOREST, "forest.slow", t -> first(t, -1), "'forest.slow' is -1"),
        tensor("NaN", FOREST, "forest.quick", t -> first(t, Float.NaN), "'forest.quick' has a"),
        tensor("negative rows", FOREST, "forest.held", t -> filled(t, -1), "'forest.held' is -1"),
        tensor(
            "rows that overflow",
            FOREST,
            "forest.held",
            t -> filled(t, Long.MAX_VALUE),
            "'forest.held' has 9223372036854775807 rows of a class: must be at most 2048"),
        tensor(
            "nothing expected",
            FOREST,
            "forest.slow",
            t -> new Tensor.F32(new float[((Tensor.F32) t).values().length], t.shape()),
            "'forest.slow' expects no class at place 0"),
        tensor("sizes that overflow", FOREST, "forest.trees", t -> overflowing(t), "tells of"),
        files(
            "more trees than told",
            f -> forest(f, 6, new int[6], 6),
            "tells of 6 trees: must be at most 5"),
        files("a chain of nodes", f -> forest(f, 1, new int[100_000], 1), "a node leads nowhere"),
        files("a node before itself", f -> forest(f, 1, new int[] {-5, 0}, 1), "leads nowhere"));
  }

  private static Hostile power(String name, String value) {
    return json(
        "a power of " + value,
        j -> j.replaceFirst("\"" + name + "\" : [^,\\s]+", "\"" + name + "\" : " + value),
        "probabilities.forest.%s is %s: must be a number from 0 to 3.0"
            .formatted(name, value.replace("\"", "")));
  }

  /** Sums to what it did, but for what a long cannot hold. */
  private static Tensor overflowing(Tensor sizes) {
    long[] of = ((Tensor.I64) sizes).values();
    long[] all = new long[of.length + 6];
    Arrays.fill(all, Long.MAX_VALUE);
    System.arraycopy(of, 0, all, 6, of.length);
    for (int i = 6; i < 9; i++) {
      all[i] += 2;
    }
    return new Tensor.I64(all, new long[] {all.length / 3, 3});
  }

  /** Trees of as many nodes each, all of them counted in at as many places as there are trees. */
  private static void forest(SortedMap<String, byte[]> files, int trees, int[] rights, int leaves) {
    int nodes = rights.length / trees;
    long[] sizes = new long[3 * trees];
    int[] features = new int[rights.length];
    Arrays.fill(features, nodes == 1 ? -1 : 0);
    for (int t = 0; t < trees; t++) {
      sizes[3 * t] = nodes;
      sizes[3 * t + 1] = 1;
      sizes[3 * t + 2] = 1;
    }
    float[] counts = new float[6 * leaves];
    Arrays.fill(counts, 1);
    TrainingRuns.change(
        files,
        FOREST,
        all -> {
          all.put("forest.trees", new Tensor.I64(sizes, new long[] {trees, 3}));
          all.put("forest.features", new Tensor.I32(features, features.length));
          all.put("forest.rights", new Tensor.I32(rights, rights.length));
          all.put("forest.thresholds", new Tensor.F32(new float[rights.length], rights.length));
          all.put("forest.slow", new Tensor.F32(counts, leaves, 2, 3));
          all.put("forest.quick", new Tensor.F32(counts, leaves, 2, 3));
        });
  }

  @BeforeAll
  static void train() {
    try (TrainingRun run = run()) {
      run.train(TrainerJob.batch(0));
      run.train(TrainerJob.batch(1));
      valid = run.files();
    }
  }

  @BeforeEach
  void open() {
    store = new CheckpointFolder(folder, "any", "a");
  }

  @Test
  void anUntouchedOneIsTaken() {
    Hostile harmless = new Hostile("none", f -> {}, j -> j, c -> {}, "");

    assertThatCode(() -> take(harmless)).doesNotThrowAnyException();
  }

  @ParameterizedTest
  @MethodSource("hostile")
  void eachIsRefusedWithTheReason(Hostile hostile) {
    Throwable refusal = catchThrowable(() -> take(hostile));

    assertThat(refusal)
        .isInstanceOfAny(IOException.class, IllegalArgumentException.class, FailureException.class)
        .hasMessageContaining(hostile.reason());
  }

  @ParameterizedTest
  @MethodSource("hostileForests")
  void noSuchForestGoesOnOrIsServed(Hostile hostile) {
    assertThat(catchThrowable(() -> take(hostile)))
        .isInstanceOfAny(IOException.class, FailureException.class)
        .hasMessageContaining(hostile.reason());
    assertThat(catchThrowable(() -> ServedCheckpoint.of(read(hostile))))
        .isInstanceOfAny(IOException.class, FailureException.class)
        .hasMessageContaining(hostile.reason());
  }

  @Test
  void treesThatAreSaidToCountNothingAreNotServed() throws Exception {
    Hostile hostile = json("", j -> j.replace("\"forest\" : {", "\"forested\" : {"), "");

    assertThat(catchThrowable(() -> ServedCheckpoint.of(read(hostile))))
        .isInstanceOf(FailureException.class)
        .hasMessageContaining("probabilities.forest is missing, and forest.safetensors has trees");
  }

  private void take(Hostile hostile) throws Exception {
    StoredCheckpoint read = read(hostile);
    try (TrainingRun run = run()) {
      run.restore(read.ref().name(), read.files());
    }
  }

  private StoredCheckpoint read(Hostile hostile) throws Exception {
    SortedMap<String, byte[]> files = new TreeMap<>(valid);
    hostile.files().change(files);
    StoredCheckpoint stored = store.write(manifest(), files);
    Path place = Path.of(stored.location());
    Path json = place.resolve("checkpoint.json");
    Files.writeString(json, hostile.json().apply(Files.readString(json)));
    var ref = new Announcement.Ref(stored.ref().name(), Sha256.of(Files.readAllBytes(json)));
    hostile.disk().change(place);

    return store.read(ref);
  }

  private static Hostile files(String name, Content files, String reason) {
    return new Hostile(name, files, j -> j, c -> {}, reason);
  }

  private static Hostile disk(String name, Disk disk, String reason) {
    return new Hostile(name, f -> {}, j -> j, disk, reason);
  }

  private static Hostile json(String name, UnaryOperator<String> json, String reason) {
    return new Hostile(name, f -> {}, json, c -> {}, reason);
  }

  /** Of the model's file. */
  private static Hostile bytes(String name, UnaryOperator<byte[]> change, String reason) {
    return new Hostile(
        name,
        files -> files.put(MODEL, change.apply(requireNonNull(files.get(MODEL)))),
        j -> j,
        c -> {},
        reason);
  }

  private static Hostile tensor(
      String name, String file, String tensor, Function<Tensor, Tensor> change, String reason) {
    return new Hostile(
        name,
        files ->
            TrainingRuns.change(
                files,
                file,
                all -> {
                  Tensor like = all.getOrDefault(tensor, new Tensor.F32(new float[1], 1));
                  all.put(tensor, change.apply(like));
                }),
        j -> j,
        c -> {},
        reason);
  }

  private static byte[] header(String json, int dataBytes) {
    byte[] text = json.getBytes(StandardCharsets.UTF_8);
    return ByteBuffer.allocate(8 + text.length + dataBytes)
        .order(ByteOrder.LITTLE_ENDIAN)
        .putLong(text.length)
        .put(text)
        .array();
  }

  private static byte[] headerLength(byte[] file, long length) {
    byte[] changed = file.clone();
    ByteBuffer.wrap(changed).order(ByteOrder.LITTLE_ENDIAN).putLong(length);
    return changed;
  }

  private static String one(String type, String shape, long from, long to) {
    return "{\"a\":{\"dtype\":\"%s\",\"shape\":%s,\"data_offsets\":[%d,%d]}}"
        .formatted(type, shape, from, to);
  }

  private static String two(long from, long to, long secondFrom, long secondTo) {
    return one("F32", "[2]", from, to).replaceFirst("}}$", "},")
        + one("F32", "[2]", secondFrom, secondTo).substring(1).replace("\"a\"", "\"b\"");
  }

  private static Tensor first(Tensor tensor, double value) {
    if (tensor instanceof Tensor.F64 t) {
      double[] values = t.values().clone();
      values[0] = value;
      return new Tensor.F64(values, t.shape());
    }
    float[] values = ((Tensor.F32) tensor).values().clone();
    values[0] = (float) value;
    return new Tensor.F32(values, tensor.shape());
  }

  private static Tensor filled(Tensor tensor, long value) {
    long[] values = new long[((Tensor.I64) tensor).values().length];
    Arrays.fill(values, value);
    return new Tensor.I64(values, tensor.shape());
  }

  private static void flip(Path file) throws IOException {
    byte[] bytes = Files.readAllBytes(file);
    bytes[bytes.length / 2] ^= 1;
    Files.write(file, bytes);
  }

  private static void folderFor(Path file) throws IOException {
    Files.delete(file);
    Files.createDirectory(file);
  }

  private static CheckpointManifest manifest() {
    try (TrainingRun run = run()) {
      run.train(TrainerJob.batch(0));
      return job().manifest(run);
    }
  }

  private static TrainingRun run() {
    return new TrainingRun(job().config());
  }

  private static TrainerJob job() {
    return new TrainerJob("localhost:1", "any", Path.of("unused")).with("model.forest", "5");
  }
}
