package dev.counterweight.campaign;

import java.nio.file.Path;
import java.util.Locale;

/** A process of a job. */
record Member(Role role, int instance) {
  /** What runs as a process of its own; a scorer has its judge with it, where there is one. */
  enum Role {
    JOINER,
    COUNTER,
    SAMPLER,
    TRAINER,
    SCORER;

    /** As the command line, groups and logs name it. */
    String word() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /** As {@link #toString} prints it. */
  static Member parse(String text) {
    int dash = text.indexOf('-');
    return new Member(
        Role.valueOf(text.substring(0, dash).toUpperCase(Locale.ROOT)),
        Integer.parseInt(text.substring(dash + 1)));
  }

  @Override
  public String toString() {
    return role.word() + "-" + instance;
  }

  /** Where it keeps its state, in the folder of a job. */
  Path state(Path job) {
    return job.resolve("state-" + this);
  }
}
