package dev.counterweight.sampling;

/** How uses follow from priors p_c and sampling weights v_c: which s there is in r_c = s v_c. */
public sealed interface UsesRule {

  /** The uses under these priors and sampling weights, K values each. */
  Uses of(double[] priors, double[] sampling);

  /**
   * The rule of a dial.
   *
   * @param draws D, for the recipes that make so many draws an event
   */
  static UsesRule of(SamplingPolicy policy, double draws) {
    return switch (policy.preset()) {
      case HYBRID, WEIGHTED_RANDOM -> new Budget(draws, policy.maxUses());
      case NONE, UNDERSAMPLE -> new AtMostOnce();
      case OVERSAMPLE -> new AtLeastOnce();
    };
  }

  /**
   * s such that an event makes D draws on average, no class used more than U times.
   *
   * @param draws D, above 0
   * @param maxUses U, above 0; infinite for no cap
   */
  record Budget(double draws, double maxUses) implements UsesRule {
    @Override
    public Uses of(double[] priors, double[] sampling) {
      return Uses.solve(priors, sampling, draws, maxUses);
    }
  }

  /** s = 1 / max v. */
  record AtMostOnce() implements UsesRule {
    @Override
    public Uses of(double[] priors, double[] sampling) {
      return Uses.atMostOnce(priors, sampling);
    }
  }

  /** s = 1 / min v. */
  record AtLeastOnce() implements UsesRule {
    @Override
    public Uses of(double[] priors, double[] sampling) {
      return Uses.atLeastOnce(priors, sampling);
    }
  }
}
