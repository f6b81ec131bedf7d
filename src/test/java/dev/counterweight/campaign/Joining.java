package dev.counterweight.campaign;

import dev.counterweight.campaign.History.Event;
import dev.counterweight.campaign.History.Label;
import dev.counterweight.campaign.Observed.Joined;
import dev.counterweight.config.LabelsConfig;
import dev.counterweight.joiner.JoinRecount;
import dev.counterweight.joiner.JoinRecount.Written;
import dev.counterweight.joiner.JoinStream;
import dev.counterweight.joining.JoinRules;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Every event leaves the joiner as a recount of both topics says, and no other does. */
final class Joining implements Invariant {
  @Override
  public void check(History history, Observed observed, Truth truth, Findings findings) {
    LabelsConfig labels = observed.config().labels();
    if (labels == null || !observed.scope().has(Observed.Part.JOINER)) {
      return;
    }
    List<Event> events =
        history.events().stream().filter(e -> e.kind().counted() && e.key() != null).toList();
    Recounted recounted = new Recounted(labels, events, history.labels());
    Map<Place, List<Joined>> found = new HashMap<>();
    observed
        .joined()
        .forEach(j -> found.computeIfAbsent(j.origin(), at -> new ArrayList<>()).add(j));
    Set<Place> known = new HashSet<>();
    for (int i = 0; i < events.size(); i++) {
      Event event = events.get(i);
      known.add(event.place());
      List<Joined> all = found.getOrDefault(event.place(), List.of());
      boolean mayMiss =
          !observed.scope().complete() || recounted.mayWait(i) || history.mayBeLost(event.place());
      require(event, recounted.recount.of(i), all, mayMiss, findings);
    }
    found.forEach(
        (origin, all) ->
            findings.require(
                known.contains(origin),
                Rule.JOINED_ONCE,
                "%s of %s, where no event stands that can be joined",
                all,
                origin));
  }

  private static void require(
      Event event, List<Written> must, List<Joined> found, boolean mayMiss, Findings findings) {
    List<Written> is =
        found.stream()
            .sorted((a, b) -> a.place().compareTo(b.place()))
            .map(j -> new Written(j.label(), j.waitedMs(), j.replaces()))
            .toList();
    boolean holds =
        is.equals(must)
            || (mayMiss && is.size() < must.size() && is.equals(must.subList(0, is.size())));
    findings.require(
        holds,
        Rule.JOINED_ONCE,
        "event %s of key %s left as %s, not as %s",
        event.place(),
        event.key(),
        is,
        must);
    for (Joined joined : found) {
      findings.require(
          joined.timeMs() == event.timeMs(),
          Rule.JOINED_ONCE,
          "event %s of time %d left with time %d",
          event.place(),
          event.timeMs(),
          joined.timeMs());
    }
  }

  /** What must be, by a recount. */
  private static final class Recounted {
    private final LabelsConfig config;
    private final List<Event> events;
    private final JoinRecount recount;
    private final long latestMs;

    Recounted(LabelsConfig config, List<Event> events, List<Label> labels) {
      if (config.scope() != JoinRules.Scope.ALL) {
        throw new IllegalArgumentException("labels.for=" + config.scope() + ": no recount of it");
      }
      this.config = config;
      this.events = events;
      Map<String, Integer> keys = new HashMap<>();
      List<JoinStream.Event> joins = new ArrayList<>();
      for (Event event : events) {
        joins.add(new JoinStream.Event(number(keys, event.key()), event.timeMs()));
      }
      List<JoinStream.Label> told = new ArrayList<>();
      for (Label label : labels) {
        if (label.label() >= 0) {
          int key = number(keys, label.key());
          told.add(new JoinStream.Label(key, label.label(), label.timeMs()));
        }
      }
      this.recount = new JoinRecount(new JoinStream(rules(), joins, told));
      long latest = Long.MIN_VALUE;
      for (Event event : events) {
        latest = Math.max(latest, event.timeMs());
      }
      for (Label label : labels) {
        latest = Math.max(latest, label.timeMs());
      }
      this.latestMs = latest;
    }

    private static int number(Map<String, Integer> keys, @Nullable String key) {
      return keys.computeIfAbsent(Objects.requireNonNull(key), k -> keys.size());
    }

    private JoinStream.Rules rules() {
      return new JoinStream.Rules(
          config.waitMs(),
          config.graceMs(),
          config.correctForMs(),
          config.missing() == LabelsConfig.DROP ? -1 : config.missing(),
          JoinStream.Conflict.valueOf(config.conflict().name()),
          config.events().schema().classCount());
    }

    /** Whether an event's wait may still go on: nothing that was sent is late enough to end it. */
    boolean mayWait(int event) {
      boolean over = latestMs - events.get(event).timeMs() > config.waitMs() + config.graceMs();
      boolean leavesAtOnce =
          rules().conflict() == JoinStream.Conflict.FIRST
              && recount.of(event).stream().anyMatch(w -> w.waitedMs() < config.waitMs());
      return !over && !leavesAtOnce;
    }
  }
}
