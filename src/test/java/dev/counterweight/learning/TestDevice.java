package dev.counterweight.learning;

import ai.djl.ndarray.NDManager;

/**
 * Where tests train: on the CPU, or on what {@code -Dcounterweight.test.device=gpu} names. What
 * they ask of a CPU, a GPU has to give as well.
 */
public final class TestDevice {
  private static final String PROPERTY = "counterweight.test.device";

  /** A value of the key {@code device}. */
  public static final String NAME = System.getProperty(PROPERTY, "cpu");

  private TestDevice() {}

  /** The option that makes a JVM train there too. */
  static String option() {
    return "-D" + PROPERTY + "=" + NAME;
  }

  /** A manager of arrays there, the caller's to close. */
  static NDManager manager() {
    return ComputeDevice.manager(NAME);
  }
}
