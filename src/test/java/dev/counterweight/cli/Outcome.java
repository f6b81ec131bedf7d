package dev.counterweight.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.List;

/**
 * What a command came to in this process.
 *
 * @param text all that it printed, to either stream
 */
record Outcome(int code, String text) {
  static Outcome of(List<String> args) {
    return of(args.toArray(String[]::new));
  }

  static Outcome of(String... args) {
    StringWriter text = new StringWriter();
    PrintWriter print = new PrintWriter(text, true);
    return new Outcome(Main.execute(print, print, args), text.toString());
  }

  /** What it printed, of one that has to end well. */
  String succeeded() {
    assertThat(code).as(text).isZero();
    return text;
  }
}
