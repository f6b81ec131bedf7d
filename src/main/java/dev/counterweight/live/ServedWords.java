package dev.counterweight.live;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.counterweight.runtime.RoleView;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * What was served, judged by the labels that came, in words: as a judge of this process tells it.
 */
final class ServedWords {
  private static final ObjectMapper JSON = new ObjectMapper();

  private ServedWords() {}

  /**
   * Such as "what was served, judged by 12,400 labels so far: recall of fraud 0.810, g-mean 0.883;
   * 3,100 scores wait for theirs"; empty while there is no judge, or nothing that it knows.
   *
   * @param here the roles of this process
   */
  static String of(List<RoleView> here) {
    return here.stream()
        .filter(role -> role.name().equals("judge"))
        .map(role -> role.jsonPages().get("/served"))
        .filter(page -> page != null)
        .findFirst()
        .flatMap(page -> page.get())
        .flatMap(ServedWords::read)
        .map(ServedWords::words)
        .orElse("");
  }

  private static Optional<JsonNode> read(String page) {
    try {
      return Optional.of(JSON.readTree(page));
    } catch (JsonProcessingException e) {
      return Optional.empty();
    }
  }

  private static String words(JsonNode told) {
    long waiting = told.path("waiting").asLong();
    return form("what was served, judged by %,d labels so far", told.path("judged").asLong())
        + recall(told.path("recall"))
        + (told.has("gmean") ? form(", g-mean %.3f", told.path("gmean").asDouble()) : "")
        + (waiting > 0 ? form("; %,d scores wait for theirs", waiting) : "");
  }

  /** Of the class of which it is least. */
  private static String recall(JsonNode recall) {
    return recall.properties().stream()
        .min(Comparator.comparingDouble(of -> of.getValue().asDouble()))
        .map(of -> form(": recall of %s %.3f", of.getKey(), of.getValue().asDouble()))
        .orElse("");
  }

  private static String form(String form, Object... values) {
    return String.format(Locale.ROOT, form, values);
  }
}
