package dev.counterweight.cli;

import java.util.Locale;
import java.util.stream.Stream;

/** Why compressed records cannot be read: Kafka's message leaves the reason to a stack trace. */
final class CodecProblem {
  private CodecProblem() {}

  /** What to say behind an error's message, of which this is a cause; else nothing. */
  static String in(Throwable error) {
    for (Throwable t = error; t != null; t = t.getCause()) {
      String text = t.toString().toLowerCase(Locale.ROOT);
      if (t instanceof Error && Stream.of("zstd", "snappy").anyMatch(text::contains)) {
        return " The library of the compression codec cannot be unpacked and loaded from"
            + " java.io.tmpdir=%s: that must be a folder with space to write to, not mounted noexec;"
                .formatted(System.getProperty("java.io.tmpdir"))
            + " set another by COUNTERWEIGHT_JAVA_OPTS=-Djava.io.tmpdir=FOLDER";
      }
    }
    return "";
  }
}
