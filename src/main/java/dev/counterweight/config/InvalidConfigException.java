package dev.counterweight.config;

import java.util.List;

/** A configuration that breaks rules: every problem found, each naming key, value and rule. */
public final class InvalidConfigException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final List<String> problems;

  public InvalidConfigException(List<String> problems) {
    super(String.join(System.lineSeparator(), problems));
    this.problems = List.copyOf(problems);
  }

  /** One line a problem; not empty. */
  public List<String> problems() {
    return problems;
  }
}
