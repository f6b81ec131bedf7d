package dev.counterweight.cli;

import java.io.PrintWriter;

/** What a check finds, line by line as it is found. Not thread-safe. */
final class Findings {
  private final PrintWriter out;
  private int problems;
  private boolean noted;

  Findings(PrintWriter out) {
    this.out = out;
  }

  void good(String line) {
    out.println("ok    " + line);
  }

  void wrong(String line) {
    problems++;
    out.println("WRONG " + line);
  }

  /** Something that may be as it should be, and that only a person can judge. */
  void note(String line) {
    noted = true;
    out.println("note  " + line);
  }

  /** More of what the line before is about. */
  void detail(String line) {
    out.println("      " + line);
  }

  /** Says what all of it comes to; the exit code. */
  int conclude() {
    if (problems > 0) {
      out.println(problems + (problems == 1 ? " problem" : " problems"));
    } else {
      out.println(noted ? "no problem found; see the notes" : "all well");
    }
    out.flush();
    return problems == 0 ? 0 : Main.FAILED;
  }
}
