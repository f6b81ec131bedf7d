package dev.counterweight.cli;

import dev.counterweight.kafka.Causes;
import java.util.Locale;

/** Why compressed records cannot be read: Kafka's message leaves the reason to a stack trace. */
final class CodecProblem {
  private CodecProblem() {}

  /** What to say behind an error's message, of which this is a cause; else nothing. */
  static String in(Throwable error) {
    boolean codec =
        Causes.of(error)
            .filter(Error.class::isInstance)
            .map(cause -> cause.toString().toLowerCase(Locale.ROOT))
            .anyMatch(text -> text.contains("zstd") || text.contains("snappy"));
    return codec
        ? " The library of the compression codec cannot be unpacked and loaded from"
            + " java.io.tmpdir=%s: that must be a folder with space to write to, not mounted noexec;"
                .formatted(System.getProperty("java.io.tmpdir"))
            + " set another by COUNTERWEIGHT_JAVA_OPTS=-Djava.io.tmpdir=FOLDER"
        : "";
  }
}
