package dev.counterweight.trainer;

import dev.counterweight.batch.MiniBatch.Draws;
import dev.counterweight.batch.MiniBatch.EvaluationSlice;
import dev.counterweight.evaluation.Prequential;
import dev.counterweight.event.Embedding;
import dev.counterweight.event.Feature;
import dev.counterweight.event.FeatureSchema;
import dev.counterweight.protocol.TrainerReport.FeatureShare;
import dev.counterweight.tensor.State;
import dev.counterweight.tensor.Stateful;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * In which share of the events a feature was missing, and in which a category came whose row no
 * draw had named before: since the start, and of rows that each count {@link Prequential#FADING} of
 * itself with every row after it. An event weighs as it does in the evaluation. Of features of
 * which neither can be it keeps nothing.
 *
 * <p>Categories that share a row are told apart by nobody: an unseen one may pass for a seen one.
 * Memory is a bit for each row of an embedding. Not thread-safe.
 */
final class FeatureShares implements Stateful {
  private static final String PREFIX = "features.";

  private final List<Feature> watched;
  private final int[] features; // of those watched, their places in the schema
  private final int columns;
  private final Embedding[] embeddings; // of those watched, in the order of categories
  private final byte[][] drawn; // a bit for each row of them
  private final int[] categories; // places among those watched
  private final Sums total;
  private final Sums fading;

  /** Weights of rows. */
  private static final class Sums {
    private final double[] all = new double[1];
    private final double[] missing;
    private final double[] unseen;

    Sums(int watched) {
      this.missing = new double[watched];
      this.unseen = new double[watched];
    }

    void fade(double by) {
      for (double[] sums : List.of(all, missing, unseen)) {
        for (int i = 0; i < sums.length; i++) {
          sums[i] *= by;
        }
      }
    }

    void declare(State state) {
      state
          .doubles("weight", all)
          .doubles("missing", missing)
          .doubles("unseen", unseen)
          .notNegative("weight", "missing", "unseen");
    }

    @Nullable Double share(double weight) {
      // Sums of floats, and of the same in another order.
      return all[0] > 0 ? (Double) Math.min(1, weight / all[0]) : null;
    }
  }

  FeatureShares(FeatureSchema layout) {
    List<String> embedded = layout.embeddings().stream().map(Embedding::feature).toList();
    this.features =
        IntStream.range(0, layout.features().size())
            .filter(
                f ->
                    layout.features().get(f).mayBeMissing()
                        || embedded.contains(layout.features().get(f).name()))
            .toArray();
    this.watched = Arrays.stream(features).mapToObj(layout.features()::get).toList();
    this.columns = layout.columnCount();
    this.embeddings = layout.embeddings().toArray(Embedding[]::new);
    List<String> names = watched.stream().map(Feature::name).toList();
    this.categories = embedded.stream().mapToInt(names::indexOf).toArray();
    this.drawn = new byte[embeddings.length][];
    Arrays.setAll(drawn, e -> new byte[(embeddings[e].table().buckets() + 7) / 8]);
    this.total = new Sums(features.length);
    this.fading = new Sums(features.length);
  }

  /** Takes an evaluation slice, before the draws of its record. */
  void scored(EvaluationSlice slice) {
    if (features.length == 0 || slice.rows() == 0) {
      return;
    }
    fading.fade(StrictMath.pow(Prequential.FADING, slice.rows()));
    for (float weight : slice.weights()) {
      total.all[0] += weight;
      fading.all[0] += weight;
    }
    for (int i = 0; i < features.length && slice.missing().length > 0; i++) {
      total.missing[i] += slice.missing()[features[i]];
      fading.missing[i] += slice.missing()[features[i]];
    }
    for (int e = 0; e < embeddings.length; e++) {
      for (int row = 0; row < slice.rows(); row++) {
        if (unseen(e, slice.features(), row * columns)) {
          total.unseen[categories[e]] += slice.weights()[row];
          fading.unseen[categories[e]] += slice.weights()[row];
        }
      }
    }
  }

  /** Takes draws. */
  void drawn(Draws draws) {
    for (int e = 0; e < embeddings.length; e++) {
      int first = embeddings[e].firstColumn();
      for (int at = first; at < draws.features().length; at += columns) {
        for (int c = 0; c < embeddings[e].columns(); c++) {
          int row = (int) draws.features()[at + c];
          if (row >= 0) {
            drawn[e][row >> 3] |= (byte) (1 << (row & 7));
          }
        }
      }
    }
  }

  /**
   * Of every feature that is watched, in order: null where it may not be missing, or is no
   * category, or nothing is known.
   */
  Map<String, FeatureShare> shares() {
    Map<String, FeatureShare> all = new LinkedHashMap<>();
    for (int i = 0; i < features.length; i++) {
      all.put(watched.get(i).name(), share(i));
    }
    return all;
  }

  private FeatureShare share(int i) {
    boolean missing = watched.get(i).mayBeMissing();
    boolean category = Arrays.stream(categories).anyMatch(place -> place == i);
    return new FeatureShare(
        missing ? fading.share(fading.missing[i]) : null,
        missing ? total.share(total.missing[i]) : null,
        category ? fading.share(fading.unseen[i]) : null,
        category ? total.share(total.unseen[i]) : null);
  }

  /** Whether a row names any row of an embedding, but that for what is missing, never drawn. */
  private boolean unseen(int e, float[] rows, int at) {
    int first = at + embeddings[e].firstColumn();
    for (int c = first; c < first + embeddings[e].columns(); c++) {
      int row = (int) rows[c];
      if (row > 0 && (drawn[e][row >> 3] & 1 << (row & 7)) == 0) {
        return true;
      }
    }
    return false;
  }

  /** Nothing where no feature is watched. */
  @Override
  public void declare(State all) {
    if (features.length == 0) {
      return;
    }
    State state = all.in(PREFIX);
    total.declare(state);
    fading.declare(state.in("fading."));
    for (int e = 0; e < embeddings.length; e++) {
      state.bytes("drawn." + embeddings[e].feature(), drawn[e]);
    }
  }
}
