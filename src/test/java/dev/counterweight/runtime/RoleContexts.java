package dev.counterweight.runtime;

/** Contexts of roles that no {@link RoleRunner} runs. */
public final class RoleContexts {
  private RoleContexts() {}

  /** Of a role that begins. */
  public static RoleContext fresh() {
    return new RoleContext();
  }

  /** Asks the role to finish the work in hand. */
  public static void drain(RoleContext context) {
    context.drain();
  }
}
