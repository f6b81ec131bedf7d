package dev.counterweight.serving;

/**
 * The functions between layers, as PyTorch defines them: worked out in double where they are not
 * exact, and by StrictMath, so that they are the same on every machine.
 */
public enum Activation {
  RELU {
    @Override
    float of(float s) {
      return Math.max(s, 0);
    }

    @Override
    double slope(float s) {
      return s > 0 ? 1 : 0;
    }
  },
  LEAKY_RELU {
    @Override
    float of(float s) {
      return s > 0 ? s : s * LEAK;
    }

    @Override
    double slope(float s) {
      return s > 0 ? 1 : LEAK;
    }
  },
  TANH {
    @Override
    float of(float s) {
      // Near 0 it is s but for less than float32 holds.
      return Math.abs(s) < 1e-4f ? s : (float) (1 - 2 / (1 + StrictMath.exp(2.0 * s)));
    }

    @Override
    double slope(float s) {
      double a = StrictMath.tanh(s);
      return 1 - a * a;
    }
  },
  SIGMOID {
    @Override
    float of(float s) {
      return (float) logistic(s);
    }

    @Override
    double slope(float s) {
      return logistic(s) * logistic(-s);
    }
  },
  GELU {
    @Override
    float of(float s) {
      return (float) (s * normal(s));
    }

    @Override
    double slope(float s) {
      return normal(s) + s * ErrorFunction.slope(s * ROOT_HALF) * ROOT_HALF / 2;
    }
  },
  SILU {
    @Override
    float of(float s) {
      return (float) (s * logistic(s));
    }

    @Override
    double slope(float s) {
      return logistic(s) * (1 + s * logistic(-s));
    }
  };

  private static final float LEAK = 0.01f;
  private static final double ROOT_HALF = StrictMath.sqrt(0.5);

  /** The value at s. */
  abstract float of(float s);

  /** The derivative at s. */
  abstract double slope(float s);

  private static double logistic(double s) {
    return 1 / (1 + StrictMath.exp(-s));
  }

  /** The normal distribution's share below s. */
  private static double normal(double s) {
    return (1 + ErrorFunction.of(s * ROOT_HALF)) / 2;
  }
}
