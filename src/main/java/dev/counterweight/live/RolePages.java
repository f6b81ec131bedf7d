package dev.counterweight.live;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.MissingNode;
import dev.counterweight.runtime.RoleView;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** What the roles of this process tell on pages of their own. */
final class RolePages {
  private static final ObjectMapper JSON = new ObjectMapper();

  /** {role: path of its page}. */
  private static final Map<String, String> PATHS =
      Map.of("joiner", "/labels", "scorer", "/scoring", "judge", "/served");

  private RolePages() {}

  /** The page of a role; a missing node where it is not here, or has nothing to tell yet. */
  static JsonNode of(List<RoleView> here, String role) {
    String path = PATHS.getOrDefault(role, "");
    return here.stream()
        .filter(one -> one.name().equals(role))
        .flatMap(one -> Optional.ofNullable(one.jsonPages().get(path)).stream())
        .findFirst()
        .flatMap(page -> page.get())
        .map(RolePages::read)
        .orElse(MissingNode.getInstance());
  }

  /** Whether a role runs in this process. */
  static boolean isHere(List<RoleView> here, String role) {
    return here.stream().anyMatch(one -> one.name().equals(role));
  }

  /** Records that a role has yet to read, as its page says; -1 where that is not known. */
  static long lag(JsonNode page) {
    if (page.has("lag")) {
      return page.path("lag").asLong();
    }
    return page.has("lag_events") || page.has("lag_labels")
        ? page.path("lag_events").asLong() + page.path("lag_labels").asLong()
        : -1;
  }

  private static JsonNode read(String page) {
    try {
      return JSON.readTree(page);
    } catch (JsonProcessingException e) {
      return MissingNode.getInstance();
    }
  }
}
