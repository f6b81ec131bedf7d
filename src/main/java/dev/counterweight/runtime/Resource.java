package dev.counterweight.runtime;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.regex.Pattern;

/** Files that come with the program, by their place on the class path; thread-safe. */
public final class Resource {
  /** The library that draws plots. */
  public static final String CHART_JS =
      "/META-INF/resources/webjars/chart.js/4.5.1/dist/chart.umd.min.js";

  /** Colours and type of all that is drawn for a browser. */
  public static final String TOKENS_CSS = "/dev/counterweight/look/tokens.css";

  private static final Pattern SOURCE_MAP = Pattern.compile("//# sourceMappingURL=\\S+");

  private Resource() {}

  /**
   * Opens a file, for the caller to close.
   *
   * @throws IllegalStateException if it is not there
   */
  public static InputStream open(String path) {
    InputStream in = Resource.class.getResourceAsStream(path);
    if (in == null) {
      throw new IllegalStateException(path + " is not on the class path");
    }
    return in;
  }

  /** Its bytes. */
  public static byte[] bytes(String path) {
    try (InputStream in = open(path)) {
      return in.readAllBytes();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * Its text for a browser, without the name of a source map: nobody has the map, and a browser's
   * tools would ask for it and log that it is missing.
   */
  public static String text(String path) {
    return SOURCE_MAP.matcher(new String(bytes(path), UTF_8)).replaceAll("");
  }
}
