package dev.counterweight.learning;

import dev.counterweight.config.OptimizerConfig;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * What an {@link Optimizer} does, as a {@link NativeProgram}: its parts are written out once for
 * each network, those of PyTorch's fused updates once for all networks of one rate.
 */
final class UpdateScript {
  /** Kept of each network; from the fourth on, for all that move in one call, by the first. */
  private static final List<String> LISTS =
      List.of("parameters", "gradient", "moments", "moved", "slopes", "first", "second", "counts");

  private final OptimizerConfig config;
  private final List<Double> factors;
  private final int rates;
  private final int moments;

  /**
   * @param factors of the learning rate, one a network; a guest's is 1
   * @param moments arrays of them
   */
  UpdateScript(OptimizerConfig config, List<Double> factors, boolean guest, int moments) {
    this.config = config;
    this.factors = new ArrayList<>(factors);
    this.rates = factors.size();
    this.moments = moments;
    if (guest) {
      this.factors.add(1.0);
    }
  }

  /** Names of the lists that it keeps. */
  List<String> lists() {
    List<String> lists = new ArrayList<>(List.of("steps", "averages"));
    for (int network = 0; network < factors.size(); network++) {
      for (String list : LISTS) {
        lists.add(list + network);
      }
    }
    return lists;
  }

  /** Its functions. */
  String functions() {
    boolean sgd = config.kind() == OptimizerConfig.Kind.SGD;
    StringBuilder hold = new StringBuilder();
    StringBuilder norms = new StringBuilder();
    StringBuilder moves = new StringBuilder();
    for (int network = 0; network < factors.size(); network++) {
      Map<String, Object> values = Map.of("N", network, "next", network + 1, "each", moments);
      hold.append(NativeProgram.script("hold", values));
      norms.append(NativeProgram.script(network < rates ? "norm" : "guestnorm", values));
      moves.append(NativeProgram.script("clip", values));
      moves.append(sgd ? move("sgd", network) : "");
    }
    for (double factor : new LinkedHashSet<>(sgd ? List.of() : factors)) {
      int first = factors.indexOf(factor);
      hold.append(together(first));
      moves.append(move("adam", first));
    }
    return NativeProgram.script(
        "update", Map.of("hold", hold, "norms", norms, "moves", moves, "networks", rates));
  }

  /** The arrays of all networks of one rate: the function moves each as by itself. */
  private String together(int first) {
    List<Integer> networks =
        IntStream.range(first, factors.size())
            .filter(network -> factors.get(network).equals(factors.get(first)))
            .boxed()
            .toList();
    return NativeProgram.script(
        "together",
        Map.of(
            "N",
            first,
            "parameters",
            list(networks, network -> "p[" + network + "]"),
            "gradients",
            list(networks, network -> "g[" + network + "]"),
            "firsts",
            list(networks, network -> "m[" + moments * network + "]"),
            "seconds",
            list(networks, network -> "m[" + (moments * network + 1) + "]"),
            "counts",
            list(networks, network -> "s[0]")));
  }

  private static String list(List<Integer> networks, Function<Integer, String> each) {
    return networks.stream().map(each).collect(Collectors.joining(", ", "[", "]"));
  }

  private String move(String script, int network) {
    return NativeProgram.script(
        script,
        Map.of(
            "N",
            network,
            "factor",
            factors.get(network),
            "function",
            config.kind() == OptimizerConfig.Kind.ADAMW ? "_fused_adamw_" : "_fused_adam_",
            "beta1",
            config.beta1(),
            "beta2",
            config.beta2(),
            "decay",
            config.weightDecay(),
            "momentum",
            config.momentum(),
            "nesterov",
            config.nesterov() ? "True" : "False"));
  }
}
