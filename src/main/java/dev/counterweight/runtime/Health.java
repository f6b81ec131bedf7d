package dev.counterweight.runtime;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.counterweight.runtime.Role.State;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;

/**
 * Whether a process is well, as JSON: 200 or 503, each role's state, and why it is not. Live: no
 * role has failed. Ready: every role works, or stands by healthily for the lead, and there is no
 * obstacle. One that failed and is {@link Role#outlived} changes neither: a restart would end the
 * others. Thread-safe if the obstacle's source is.
 *
 * @param obstacle what keeps every role from working, in words; empty if nothing does
 */
public record Health(List<RoleView> roles, Supplier<Optional<String>> obstacle) {
  private static final Set<State> LIVE = EnumSet.complementOf(EnumSet.of(State.FAILED));
  private static final Set<State> READY = EnumSet.of(State.RUNNING, State.WAITING);
  private static final ObjectMapper JSON = new ObjectMapper();

  public Health {
    roles = List.copyOf(roles);
  }

  /** Of roles that nothing outside can keep from working. */
  public static Health of(List<RoleView> roles) {
    return new Health(roles, Optional::empty);
  }

  Answer live() {
    // A restart mends no obstacle.
    return answer(LIVE, Optional.empty());
  }

  Answer ready() {
    return answer(READY, obstacle.get().or(this::unready));
  }

  private Optional<String> unready() {
    return roles.stream().flatMap(role -> role.unready().stream()).findFirst();
  }

  private Answer answer(Set<State> wanted, Optional<String> reason) {
    boolean healthy = reason.isEmpty();
    ObjectNode body = JSON.createObjectNode();
    ArrayNode list = body.putArray("roles");
    for (RoleView role : roles) {
      Role.Status status = role.status();
      healthy &=
          wanted.contains(status.state()) || status.state() == State.FAILED && role.outlived();
      list.addObject()
          .put("role", role.name())
          .put("state", status.state().name().toLowerCase(Locale.ROOT))
          .put("detail", status.detail());
    }
    body.put("healthy", healthy);
    reason.ifPresent(words -> body.put("reason", words));
    return Answer.json(healthy ? 200 : 503, body.toString());
  }
}
