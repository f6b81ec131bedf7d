package dev.counterweight.demo;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.counterweight.protocol.FailureException;
import dev.counterweight.runtime.Resource;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.UUID;
import java.util.function.BiFunction;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** What all reports are made of: one HTML file that needs nothing else, escaped, whole. */
final class ReportPage {
  private static final String HERE = "/dev/counterweight/demo/";
  private static final Pattern SLOT = Pattern.compile("\\{\\{([a-z_]+)}}");
  private static final ObjectMapper JSON = new ObjectMapper();

  private ReportPage() {}

  /** The text of a file of this folder of resources. */
  static String resource(String name) {
    return Resource.text(HERE + name);
  }

  /**
   * Fills a page's slots; those of style and plots, which are alike in all, of itself.
   *
   * @param content what the page shows, from its lead to its foot, with slots
   * @param script name of the page's own script
   */
  static String fill(String content, String script, Map<String, String> own) {
    Map<String, String> slots = new HashMap<>(own);
    // A line does not end between a number and its sign.
    slots.replaceAll(
        (slot, text) -> slot.endsWith("_title") ? text.replace(" %", "&nbsp;%") : text);
    slots.put("style", Resource.text(Resource.TOKENS_CSS) + resource("report.css"));
    slots.put("brand", resource("brand.html").strip());
    slots.put("chart_js", Resource.text(Resource.CHART_JS));
    slots.put("plots_js", resource("plots.js"));
    slots.put("script", resource(script));
    Matcher slot = SLOT.matcher(resource("page.html").replace("{{content}}\n", content));
    // One pass: what is filled in is never itself searched for slots.
    return slot.replaceAll(
        found -> Matcher.quoteReplacement(slots.getOrDefault(found.group(1), found.group())));
  }

  /**
   * Writes a page to a file: whole or, if that fails, not at all.
   *
   * @throws FailureException if it cannot be written there
   */
  static void write(String html, Path file) {
    Path whole = file.toAbsolutePath();
    Path temporary = whole.resolveSibling(".tmp-" + UUID.randomUUID() + ".html");
    try {
      if (Files.isDirectory(whole)) {
        throw new FileSystemException(file.toString(), null, "is a folder");
      }
      try {
        Files.writeString(temporary, html);
        Files.move(temporary, whole, StandardCopyOption.ATOMIC_MOVE);
      } finally {
        Files.deleteIfExists(temporary);
      }
    } catch (IOException e) {
      String why =
          Files.isDirectory(temporary.resolveSibling("."))
              ? e.getMessage()
              : "its folder does not exist";
      throw new FailureException("the report cannot be written to " + file + ": " + why, e);
    }
  }

  /** Names and values, as entries of a description list. */
  static String list(Map<String, String> entries) {
    return each(
        entries,
        (name, value) ->
            "<div><dt>%s</dt><dd>%s</dd></div>\n".formatted(escape(name), escape(value)));
  }

  /** What each entry is written as, one behind the other. */
  static <V> String each(Map<String, V> entries, BiFunction<String, V, String> html) {
    return entries.entrySet().stream()
        .map(entry -> html.apply(entry.getKey(), entry.getValue()))
        .collect(Collectors.joining());
  }

  /** What a script reads, as JSON that cannot end the script element it stands in. */
  static String json(Object value) {
    try {
      // These occur in JSON only inside strings.
      return JSON.writeValueAsString(value)
          .replace("&", "\\u0026")
          .replace("<", "\\u003c")
          .replace(">", "\\u003e");
    } catch (JsonProcessingException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** A number of so many decimals, or a dash for what is not defined. */
  static String number(@Nullable Double value, int digits) {
    return value == null || value.isNaN()
        ? "–"
        : String.format(Locale.ROOT, "%." + digits + "f", value);
  }

  static String percent(double share) {
    double percent = share * 100;
    return String.format(Locale.ROOT, percent < 0.1 ? "%.3f %%" : "%.1f %%", percent);
  }

  static String whole(long count) {
    return String.format(Locale.ROOT, "%,d", count);
  }

  static String escape(String text) {
    return text.replace("&", "&amp;")
        .replace("<", "&lt;")
        .replace(">", "&gt;")
        .replace("\"", "&quot;")
        .replace("'", "&#39;");
  }
}
