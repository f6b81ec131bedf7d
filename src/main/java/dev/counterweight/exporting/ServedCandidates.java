package dev.counterweight.exporting;

import dev.counterweight.checkpoint.CheckpointManifest;
import dev.counterweight.serving.Candidates;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/**
 * Those candidates of a model that are served.
 *
 * @param names as a checkpoint's files name them
 * @param prefixes what the names of each one's parameters begin with
 * @param shares what each counts, above 0
 */
record ServedCandidates(List<String> names, List<String> prefixes, List<Double> shares) {

  /** Of a checkpoint that can be served. */
  static ServedCandidates of(CheckpointManifest manifest) {
    Candidates all = manifest.training().mixed().candidates();
    List<Double> mixture = Objects.requireNonNull(manifest.probabilities()).mixture();
    List<String> names = new ArrayList<>();
    List<String> prefixes = new ArrayList<>();
    List<Double> shares = new ArrayList<>();
    for (int j = 0; j < all.count(); j++) {
      double share = mixture == null ? 1 : mixture.get(j);
      if (share > 0) {
        names.add(all.name(j));
        prefixes.add(all.prefix(j));
        shares.add(share);
      }
    }
    return new ServedCandidates(names, prefixes, shares);
  }
}
