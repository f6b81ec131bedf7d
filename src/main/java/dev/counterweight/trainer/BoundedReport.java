package dev.counterweight.trainer;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * Writes a report as JSON of at most {@link #MAX_BYTES}, whatever the number of classes and however
 * long their names: where it would be larger, parts are left out whole, in the order of {@link
 * #PARTS}, and the field {@code left_out} names them. What the sampler's pace, the live page and
 * the demo's report read goes last. Stateless and thread-safe.
 */
final class BoundedReport {
  /** Half of Kafka's default limit of a record: whoever reads reports may count on it. */
  static final int MAX_BYTES = 512 * 1024;

  static final String LEFT_OUT = "left_out";

  /** What may be left out, first to last; {@code window.f1} is the field f1 of window. */
  static final List<String> PARTS =
      List.of(
          "fading.confusion",
          "confusion",
          "window.confusion",
          "fading.recall_interval",
          "window.recall_interval",
          "recall_interval",
          "fading.class_ece",
          "window.class_ece",
          "class_ece",
          "raw_roc_auc_error",
          "raw_pr_auc_error",
          "roc_auc_error",
          "pr_auc_error",
          "window.raw_roc_auc",
          "window.raw_pr_auc",
          "raw_roc_auc",
          "raw_pr_auc",
          "fading.false_alarms",
          "false_alarms",
          "fading.precision",
          "fading.f1",
          "fading.evaluated",
          "fading.recall",
          "window.f1",
          "f1",
          "window.false_alarms",
          "window.precision",
          "precision",
          "window.evaluated",
          "window.roc_auc",
          "roc_auc",
          "window.pr_auc",
          "pr_auc",
          "prior",
          "recall",
          "uses",
          "evaluated",
          "window.recall",
          "drifts",
          "drawn",
          "covered",
          "checkpoint");

  /** Quotes, colon and comma about a field. */
  private static final int AROUND = 4;

  /** The most that the list of everything left out takes. */
  private static final int NAMES =
      LEFT_OUT.length() + 6 + PARTS.stream().mapToInt(part -> part.length() + 3).sum();

  private static final ObjectMapper JSON = new ObjectMapper();

  private BoundedReport() {}

  /**
   * The report as JSON.
   *
   * @param report by name, parts in maps that can be written to: what is left out is taken from it
   */
  static byte[] toJson(Map<String, Object> report) {
    byte[] whole = bytes(report);
    if (whole.length <= MAX_BYTES) {
      return whole;
    }
    long size = (long) whole.length + NAMES;
    List<String> leftOut = new ArrayList<>();
    for (String part : PARTS) {
      Map<String, Object> parent = parent(report, part);
      String field = part.substring(part.indexOf('.') + 1);
      if (size > MAX_BYTES && parent.containsKey(field)) {
        size -= bytes(parent.remove(field)).length + field.length() + AROUND;
        leftOut.add(part);
      }
    }
    report.put(LEFT_OUT, leftOut);
    return bytes(report);
  }

  @SuppressWarnings("unchecked") // Our own maps have names for keys.
  private static Map<String, Object> parent(Map<String, Object> report, String part) {
    int dot = part.indexOf('.');
    Object parent = dot < 0 ? report : report.get(part.substring(0, dot));
    return parent instanceof Map<?, ?> map ? (Map<String, Object>) map : Map.of();
  }

  private static byte[] bytes(Object value) {
    try {
      return JSON.writeValueAsBytes(value);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("numbers and strings that JSON cannot hold", e);
    }
  }
}
