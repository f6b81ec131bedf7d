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
  private static final String LINKS = "forest.links";
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
    long[] links = trees.stream().flatMapToLong(tree -> Arrays.stream(tree.links())).toArray();
    out.put(LINKS, new Tensor.I64(links, new long[] {links.length / Tree.LINKS, Tree.LINKS}));
    float[] thresholds = floats(trees, Tree::thresholds);
    out.put(THRESHOLDS, new Tensor.F32(thresholds, thresholds.length));
    out.put(SLOW, counts(floats(trees, tree -> tree.slow.numbers()), classes));
    out.put(QUICK, counts(floats(trees, tree -> tree.quick.numbers()), classes));
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
    long[] links = in.longs(LINKS, SafeTensors.ANY, Tree.LINKS);
    float[] thresholds = in.floats(THRESHOLDS, SafeTensors.ANY);
    float[] slow = in.floats(SLOW, SafeTensors.ANY, 2, classes);
    float[] quick = in.floats(QUICK, SafeTensors.ANY, 2, classes);
    int each = 2 * classes;
    long[] found = {thresholds.length, slow.length / each, quick.length / each};
    requireWhole(sizes, found, links.length / Tree.LINKS);
    requireAtMost(sizes.length / 3, most);
    List<Tree> trees = new ArrayList<>();
    int node = 0;
    int slowAt = 0;
    int quickAt = 0;
    for (int t = 0; t < sizes.length / 3; t++) {
      int nodes = (int) sizes[3 * t];
      int ofSlow = each * (int) sizes[3 * t + 1];
      int ofQuick = each * (int) sizes[3 * t + 2];
      Tree tree =
          Tree.of(
              classes,
              Arrays.copyOfRange(links, Tree.LINKS * node, Tree.LINKS * (node + nodes)),
              Arrays.copyOfRange(thresholds, node, node + nodes),
              Arrays.copyOfRange(slow, slowAt, slowAt + ofSlow),
              Arrays.copyOfRange(quick, quickAt, quickAt + ofQuick));
      if (!tree.isSound(features)) {
        throw new MalformedTensorsException(
            "tensor '%s' has a tree, number %d, with a node that leads nowhere"
                .formatted(LINKS, t));
      }
      trees.add(tree);
      node += nodes;
      slowAt += ofSlow;
      quickAt += ofQuick;
    }
    return trees;
  }

  private static void requireWhole(long[] sizes, long[] found, int links) {
    long[] sums = new long[3];
    for (int i = 0; i < sizes.length; i++) {
      sums[i % 3] += sizes[i];
    }
    if (!Arrays.equals(sums, found)
        || links != found[0]
        || Arrays.stream(sizes).anyMatch(size -> size < 1)) {
      throw new MalformedTensorsException(
          "tensor '%s' tells of %s nodes and counts, where there are %s"
              .formatted(SIZES, Arrays.toString(sums), Arrays.toString(found)));
    }
  }

  private static void requireAtMost(int trees, int most) {
    if (trees > most) {
      throw new MalformedTensorsException(
          "tensor '%s' tells of %d trees: must be at most %d".formatted(SIZES, trees, most));
    }
  }
}
