package dev.counterweight.forest;

import dev.counterweight.tensor.MalformedTensorsException;
import dev.counterweight.tensor.SafeTensors;
import dev.counterweight.tensor.State;
import dev.counterweight.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SortedMap;
import java.util.function.Function;

/**
 * Trees as tensors: their nodes one behind the other, the places where they count likewise, and how
 * many of each a tree has.
 */
final class TreeTensors {
  private static final String SIZES = "forest.trees";
  private static final String FEATURES = "forest.features";
  private static final String RIGHTS = "forest.rights";
  private static final String THRESHOLDS = "forest.thresholds";
  private static final String SLOW = "forest.slow";
  private static final String QUICK = "forest.quick";

  private TreeTensors() {}

  /**
   * Of a state without a prefix.
   *
   * @param most trees that there may be
   */
  static void declare(State state, int features, int classes, int most, List<Tree> trees) {
    state.notNegative(SLOW, QUICK, SIZES);
    state.part(
        out -> save(trees, classes, out),
        in -> {
          List<Tree> read = read(in, features, classes, most);
          return () -> {
            trees.clear();
            trees.addAll(read);
          };
        });
  }

  private static void save(List<Tree> trees, int classes, SortedMap<String, Tensor> out) {
    long[] sizes = new long[3 * trees.size()];
    for (int t = 0; t < trees.size(); t++) {
      Tree tree = trees.get(t);
      sizes[3 * t] = tree.nodes();
      sizes[3 * t + 1] = tree.slow.places();
      sizes[3 * t + 2] = tree.quick.places();
    }
    out.put(SIZES, new Tensor.I64(sizes, new long[] {trees.size(), 3}));
    out.put(FEATURES, whole(trees, Tree::features));
    out.put(RIGHTS, whole(trees, Tree::rights));
    float[] thresholds = floats(trees, Tree::thresholds);
    out.put(THRESHOLDS, new Tensor.F32(thresholds, thresholds.length));
    out.put(SLOW, counts(floats(trees, tree -> tree.slow.numbers()), classes));
    out.put(QUICK, counts(floats(trees, tree -> tree.quick.numbers()), classes));
  }

  private static Tensor whole(List<Tree> trees, Function<Tree, int[]> of) {
    int[] all = trees.stream().flatMapToInt(tree -> Arrays.stream(of.apply(tree))).toArray();
    return new Tensor.I32(all, all.length);
  }

  /** {rows of each class, the share expected of each} of each place. */
  private static Tensor counts(float[] all, int classes) {
    return new Tensor.F32(all, all.length / (2 * classes), 2, classes);
  }

  private static float[] floats(List<Tree> trees, Function<Tree, float[]> of) {
    List<float[]> parts = trees.stream().map(of).toList();
    float[] all = new float[parts.stream().mapToInt(part -> part.length).sum()];
    int at = 0;
    for (float[] part : parts) {
      System.arraycopy(part, 0, all, at, part.length);
      at += part.length;
    }
    return all;
  }

  private static List<Tree> read(SafeTensors in, int features, int classes, int most) {
    long[] sizes = in.longs(SIZES, SafeTensors.ANY, 3);
    int[] cuts = in.ints(FEATURES, SafeTensors.ANY);
    int[] rights = in.ints(RIGHTS, cuts.length);
    float[] thresholds = in.floats(THRESHOLDS, cuts.length);
    float[] slow = in.floats(SLOW, SafeTensors.ANY, 2, classes);
    float[] quick = in.floats(QUICK, SafeTensors.ANY, 2, classes);
    int each = 2 * classes;
    requireExpected(SLOW, slow, classes);
    requireExpected(QUICK, quick, classes);
    long[] found = {cuts.length, slow.length / each, quick.length / each};
    requireWhole(sizes, found);
    requireAtMost(sizes.length / 3, most);
    List<Tree> trees = new ArrayList<>();
    int node = 0;
    int slowAt = 0;
    int quickAt = 0;
    for (int t = 0; t < sizes.length / 3; t++) {
      int nodes = (int) sizes[3 * t];
      int ofSlow = each * (int) sizes[3 * t + 1];
      int ofQuick = each * (int) sizes[3 * t + 2];
      trees.add(
          tree(
              t,
              features,
              Arrays.copyOfRange(cuts, node, node + nodes),
              Arrays.copyOfRange(thresholds, node, node + nodes),
              Arrays.copyOfRange(rights, node, node + nodes),
              new ClassCounts(classes, Arrays.copyOfRange(slow, slowAt, slowAt + ofSlow)),
              new ClassCounts(classes, Arrays.copyOfRange(quick, quickAt, quickAt + ofQuick))));
      node += nodes;
      slowAt += ofSlow;
      quickAt += ofQuick;
    }
    return trees;
  }

  private static Tree tree(
      int number,
      int features,
      int[] cuts,
      float[] thresholds,
      int[] rights,
      ClassCounts slow,
      ClassCounts quick) {
    try {
      return Tree.of(features, cuts, thresholds, rights, slow, quick);
    } catch (IllegalArgumentException e) {
      throw new MalformedTensorsException(
          "tensor '%s' has a tree, number %d, of which %s"
              .formatted(RIGHTS, number, e.getMessage()),
          e);
    }
  }

  private static void requireWhole(long[] sizes, long[] found) {
    long[] sums = new long[3];
    boolean any = true;
    for (int i = 0; i < sizes.length; i++) {
      any &= sizes[i] >= 1 && sizes[i] <= found[i % 3]; // So that no sum overflows.
      sums[i % 3] += sizes[i];
    }
    if (!any || !Arrays.equals(sums, found)) {
      throw new MalformedTensorsException(
          "tensor '%s' tells of %s nodes and counts, where there are %s"
              .formatted(SIZES, Arrays.toString(sums), Arrays.toString(found)));
    }
  }

  /** Without any, a place of no rows would have shares that are no numbers. */
  private static void requireExpected(String name, float[] counts, int classes) {
    for (int at = classes; at < counts.length; at += 2 * classes) {
      double sum = 0;
      for (int c = 0; c < classes; c++) {
        sum += counts[at + c];
      }
      if (!(sum > 0)) {
        throw new MalformedTensorsException(
            "tensor '%s' expects no class at place %d".formatted(name, at / (2 * classes)));
      }
    }
  }

  private static void requireAtMost(int trees, int most) {
    if (trees > most) {
      throw new MalformedTensorsException(
          "tensor '%s' tells of %d trees: must be at most %d".formatted(SIZES, trees, most));
    }
  }
}
