package dev.counterweight.demo;

import dev.counterweight.runtime.Resource;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * The bundled data: Statlog (Shuttle), NASA, from the UCI Machine Learning Repository, CC BY 4.0.
 * The position of a space shuttle's radiator, by nine measurements; rows in random order.
 */
final class Shuttle {
  static final int ROWS = 58_000;
  static final String LABEL = "label";
  static final List<String> FEATURES =
      List.of("V1", "V2", "V3", "V4", "V5", "V6", "V7", "V8", "V9");

  /** From the commonest, 45,586 rows, to the rarest, 10. */
  static final List<String> CLASSES =
      List.of("Rad.Flow", "High", "Bypass", "Fpv.Open", "Fpv.Close", "Bpv.Open", "Bpv.Close");

  /** One of the events, as JSON: Fpv.Close, of which there are 50. */
  static final String EVENT =
      "{\"V1\":47,\"V2\":22,\"V3\":79,\"V4\":0,\"V5\":42,\"V6\":0,\"V7\":31,\"V8\":37,\"V9\":6}";

  private static final String RESOURCE = "/data/shuttle.csv.gz";

  private Shuttle() {}

  /** Writes the data, gzipped CSV, to a file that must not exist yet. */
  static void copyTo(Path file) {
    try (InputStream in = Resource.open(RESOURCE)) {
      Files.copy(in, file);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot write " + file, e);
    }
  }
}
