package dev.counterweight.trainer;

import dev.counterweight.checkpoint.StoredCheckpoint;
import dev.counterweight.serving.Candidates;
import dev.counterweight.tensor.SafeTensors;
import dev.counterweight.tensor.Tensor;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Brings what was saved of a job with one network, or without a guest, to the form that it has with
 * the candidates that there are now. Of one network each becomes what that was, its moments too,
 * and so does each average; a guest begins as in a new model, and so does the mixture, if there was
 * none. Immutable.
 *
 * <p>Steps are counted for all networks together, so that Adam takes a guest's moments, begun at
 * zero, for those of as many steps: its first step would be {@code (1 - beta1) / sqrt(1 - beta2)}
 * times the learning rate, 16 by default. So its second moment begins as that of the longest
 * gradient that there can be: its first steps together are no longer than a new model's.
 *
 * @param from those that there were
 * @param to those that there are
 * @param clip the longest gradient that there can be; 0 for no limit, where one of length 1 is
 *     taken for it
 */
record AddedCandidates(Candidates from, Candidates to, double clip) {
  private static final String MIXTURE = "mixture.";
  private static final String SQUARES = ".exp_avg_sq";

  /** Whether a job with the former may go on with the latter. */
  boolean possible() {
    return !any() || from.count() == 1 || from.equals(to.hosts());
  }

  /** Whether there are others than there were. */
  boolean any() {
    return !from.equals(to);
  }

  /** What becomes of them, in words. */
  String told() {
    String guest = "a linear guest begins as in a new model";
    if (from.count() > 1) {
      return guest;
    }
    return "each of %d networks%s begins as the one that there was%s"
        .formatted(
            to.rates(), to.averaged() ? ", and its average," : "", to.guest() ? "; " + guest : "");
  }

  /**
   * The files of a checkpoint as they would be with the candidates that there are now.
   *
   * @param saved {file name: safetensors}
   * @param fresh the same of a run that has done nothing yet
   * @throws dev.counterweight.tensor.MalformedTensorsException if a file is no safetensors file
   */
  SortedMap<String, byte[]> grow(SortedMap<String, byte[]> saved, SortedMap<String, byte[]> fresh) {
    SortedMap<String, byte[]> grown = new TreeMap<>(saved);
    for (String file :
        List.of(StoredCheckpoint.MODEL, StoredCheckpoint.OPTIMIZER, StoredCheckpoint.STATE)) {
      byte[] begun = fresh.get(file);
      if (begun != null) {
        grown.computeIfPresent(
            file,
            (name, bytes) ->
                grow(SafeTensors.parse(bytes), SafeTensors.parse(begun).tensors()).toBytes());
      }
    }
    return grown;
  }

  private SafeTensors grow(SafeTensors saved, Map<String, Tensor> fresh) {
    SortedMap<String, Tensor> grown = new TreeMap<>(saved.tensors());
    float square = guestsSquare(fresh);
    fresh.forEach(
        (name, begun) -> {
          if (name.startsWith(MIXTURE) || isGuests(name)) {
            grown.putIfAbsent(name, name.endsWith(SQUARES) ? filled(begun, square) : begun);
          } else if (from.count() == 1) {
            source(name).map(saved.tensors()::get).ifPresent(was -> grown.put(name, was));
          }
        });
    if (from.count() == 1) {
      grown.keySet().removeIf(CandidateTransfer::isNetworks);
    }
    return new SafeTensors(grown, saved.metadata());
  }

  /** What each of a guest's gradients squared is where all of them together are the longest. */
  private float guestsSquare(Map<String, Tensor> fresh) {
    long parameters =
        fresh.entrySet().stream()
            .filter(of -> of.getKey().endsWith(SQUARES) && isGuests(of.getKey()))
            .mapToLong(of -> elements(of.getValue()))
            .sum();
    double longest = clip > 0 ? clip : 1;
    return (float) (longest * longest / Math.max(1, parameters));
  }

  private static long elements(Tensor tensor) {
    return tensor.shape().stream().reduce(1L, Math::multiplyExact);
  }

  private static Tensor filled(Tensor begun, float value) {
    float[] values = new float[Math.toIntExact(elements(begun))];
    Arrays.fill(values, value);
    return new Tensor.F32(values, begun.shape());
  }

  private boolean isGuests(String name) {
    return to.guestPrefixes().stream().anyMatch(name::startsWith);
  }

  /** The name that a candidate's tensor had when its network was by itself. */
  private Optional<String> source(String name) {
    return to.hosts().prefixes().stream()
        .filter(name::startsWith)
        .map(prefix -> name.substring(prefix.length()))
        .findFirst();
  }
}
