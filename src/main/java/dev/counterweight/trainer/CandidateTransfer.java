package dev.counterweight.trainer;

import dev.counterweight.serving.Candidates;
import dev.counterweight.tensor.MalformedTensorsException;
import dev.counterweight.tensor.SafeTensors;
import dev.counterweight.tensor.Tensor;
import java.util.Iterator;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.UnaryOperator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Gives the candidates of a model the parameters of those of another: rate by rate where the two
 * have as many, else all of them those of the one candidate that counted most, guests left out. A
 * guest that is new begins as in a new model. Immutable.
 *
 * @param from those that there were
 * @param shares what each of them counted; null if that is not known
 * @param to those that there are to be
 */
record CandidateTransfer(Candidates from, @Nullable List<Double> shares, Candidates to) {
  private static final Pattern NAME =
      Pattern.compile("(rate|average)\\.(\\d{1,3})\\..*|(average\\.)?linear\\..*");

  /** The candidates of a model, by the names of its tensors. */
  static Candidates of(SafeTensors model) {
    int rates = 0;
    boolean averaged = false;
    boolean guest = false;
    for (String name : model.tensors().keySet()) {
      Matcher matcher = NAME.matcher(name);
      if (matcher.matches() && matcher.group(2) == null) {
        guest = true;
      } else if (matcher.matches()) {
        rates = Math.max(rates, Integer.parseInt(matcher.group(2)) + 1);
        averaged |= matcher.group(1).equals("average");
      }
    }
    return rates == 0
        ? Candidates.ONE
        : new Candidates(rates, averaged, guest && (rates > 1 || averaged));
  }

  /** What the names of parameters begin with that stay as in a new model: those of a new guest. */
  List<String> anew() {
    return from.guest() ? List.of() : to.guestPrefixes();
  }

  /**
   * What model.safetensors holds, of the candidates that there are to be.
   *
   * @throws MalformedTensorsException if one is to be chosen, and what they counted is not known
   */
  SafeTensors model(SafeTensors old) {
    if (from.equals(to)) {
      return old;
    }
    SortedMap<String, Tensor> tensors = shared(old);
    for (int candidate = 0; candidate < to.hosts().count(); candidate++) {
      put(own(old, from.prefix(source(candidate))), to.prefix(candidate), tensors);
    }
    if (from.guest()) {
      guest(old, tensors);
    }
    return new SafeTensors(tensors, old.metadata());
  }

  private void guest(SafeTensors old, SortedMap<String, Tensor> into) {
    Iterator<String> was = from.guestPrefixes().iterator();
    String source = "";
    for (String prefix : to.guestPrefixes()) {
      source = was.hasNext() ? was.next() : source; // An average begins as what it is of.
      put(own(old, source), prefix, into);
    }
  }

  private static void put(
      SortedMap<String, Tensor> own, String prefix, SortedMap<String, Tensor> into) {
    own.forEach((name, tensor) -> into.put(prefix + name, tensor));
  }

  /** A change to each candidate of a model, as if it were by itself. */
  static SafeTensors each(SafeTensors model, UnaryOperator<SafeTensors> change) {
    Candidates candidates = of(model);
    if (candidates.count() == 1) {
      return change.apply(model);
    }
    SortedMap<String, Tensor> all = new TreeMap<>();
    for (String prefix : candidates.prefixes()) {
      SortedMap<String, Tensor> one = shared(model);
      one.putAll(own(model, prefix));
      change
          .apply(new SafeTensors(one, model.metadata()))
          .tensors()
          .forEach((name, tensor) -> all.put(isNetworks(name) ? prefix + name : name, tensor));
    }
    return new SafeTensors(all, model.metadata());
  }

  private int source(int candidate) {
    if (from.count() == 1) {
      return 0;
    }
    int hosts = from.hosts().count();
    if (from.rates() == to.rates() && to.count() > 1) {
      return candidate < hosts ? candidate : candidate - to.rates();
    }
    if (shares == null) {
      throw new MalformedTensorsException(
          "it has %d networks, and which of them counts most is told by the checkpoint's folder alone"
              .formatted(from.rates()));
    }
    int most = 0;
    for (int j = 1; j < hosts; j++) {
      most = shares.get(j) > shares.get(most) ? j : most;
    }
    return most;
  }

  /** Tensors that no candidate has for itself: normaliser and embeddings. */
  private static SortedMap<String, Tensor> shared(SafeTensors model) {
    SortedMap<String, Tensor> shared = new TreeMap<>(model.tensors());
    shared.keySet().removeIf(name -> isNetworks(name) || NAME.matcher(name).matches());
    return shared;
  }

  private static SortedMap<String, Tensor> own(SafeTensors model, String prefix) {
    SortedMap<String, Tensor> own = new TreeMap<>();
    model
        .tensors()
        .forEach(
            (name, tensor) -> {
              if (name.startsWith(prefix) && isNetworks(name.substring(prefix.length()))) {
                own.put(name.substring(prefix.length()), tensor);
              }
            });
    return own;
  }

  /** Whether a tensor is a layer's, by the name that a network by itself gives it. */
  static boolean isNetworks(String name) {
    return !name.isEmpty() && Character.isDigit(name.charAt(0));
  }
}
