package dev.counterweight.campaign;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import dev.counterweight.campaign.History.Event;
import dev.counterweight.campaign.History.Kind;
import dev.counterweight.campaign.History.Label;
import dev.counterweight.campaign.Observed.Joined;
import dev.counterweight.campaign.Observed.Letter;
import dev.counterweight.campaign.Observed.Part;
import dev.counterweight.config.JobConfig;
import dev.counterweight.config.JobConfigLoader;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** What a joiner wrote of a few events, right and wrong. */
class JoiningTest {
  private static final long WAIT_MS = 60_000;
  private static final long START_MS = 900_000_000_000L;
  private static final Place LABELLED = new Place(0, 0);
  private static final Place CORRECTED = new Place(0, 1);
  private static final Place UNLABELLED = new Place(0, 2);
  private static final Place BROKEN = new Place(0, 3);
  private static final Place WAITING = new Place(0, 4);

  private final History history = history();

  private static History history() {
    History history = new History();
    history.event(new Event(LABELLED, "a", -1, START_MS, Kind.GOOD));
    history.event(new Event(CORRECTED, "b", -1, START_MS, Kind.GOOD));
    history.event(new Event(UNLABELLED, "c", -1, START_MS, Kind.GOOD));
    history.event(new Event(BROKEN, "d", -1, START_MS, Kind.BROKEN));
    history.event(new Event(WAITING, "e", -1, START_MS + 2 * WAIT_MS, Kind.GOOD));
    history.label(new Label(new Place(0, 0), "a", 1, START_MS + 10));
    history.label(new Label(new Place(0, 1), "b", 0, START_MS + 20));
    history.label(new Label(new Place(0, 2), "b", 1, START_MS + WAIT_MS + 5));
    history.label(new Label(new Place(0, 3), "?", -1, START_MS));
    return history;
  }

  private static List<Joined> right() {
    return List.of(
        new Joined(new Place(0, 0), LABELLED, 1, -1, START_MS, 10),
        new Joined(new Place(0, 1), CORRECTED, 0, -1, START_MS, 20),
        new Joined(new Place(0, 2), CORRECTED, 1, 0, START_MS, WAIT_MS + 5),
        new Joined(new Place(0, 3), UNLABELLED, 0, -1, START_MS, WAIT_MS));
  }

  @Test
  void whatIsRightIsNotComplainedOf() {
    assertThat(Invariants.check(history, observed(right(), true))).isEmpty();
    assertThat(Invariants.check(history, observed(right().subList(0, 2), false))).isEmpty();
  }

  static Stream<Arguments> wrongs() {
    return Stream.of(
        wrong("an event left out", joined -> joined.remove(0)),
        wrong("an event twice", joined -> joined.add(at(4, joined.get(0)))),
        wrong("a correction left out", joined -> joined.remove(2)),
        wrong("a correction twice", joined -> joined.add(at(4, joined.get(2)))),
        wrong("a correction before its event", joined -> Collections.swap(joined, 1, 2)),
        wrong(
            "another label",
            joined -> joined.set(0, new Joined(new Place(0, 0), LABELLED, 0, -1, START_MS, 10))),
        wrong(
            "written at arrival, then with its label",
            joined -> joined.add(0, new Joined(new Place(0, 9), LABELLED, 0, -1, START_MS, 0))),
        wrong(
            "another time",
            joined ->
                joined.set(0, new Joined(new Place(0, 0), LABELLED, 1, -1, START_MS + 1, 10))),
        wrong(
            "a broken event",
            joined -> joined.add(new Joined(new Place(0, 5), BROKEN, 0, -1, START_MS, WAIT_MS))),
        wrong(
            "an event of nobody",
            joined ->
                joined.add(new Joined(new Place(0, 5), new Place(0, 99), 0, -1, START_MS, 0))));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("wrongs")
  void whatIsWrongIsFound(String what, Consumer<List<Joined>> how) {
    List<Joined> joined = new ArrayList<>(right());
    how.accept(joined);
    for (int i = 0; i < joined.size(); i++) {
      joined.set(i, at(i, joined.get(i))); // in the order given
    }

    assertThat(Invariants.check(history, observed(joined, true)))
        .as(what)
        .extracting(Violation::rule)
        .containsOnly(Rule.JOINED_ONCE);
  }

  private static Arguments wrong(String what, Consumer<List<Joined>> how) {
    return arguments(what, how);
  }

  private static Joined at(long offset, Joined of) {
    return new Joined(
        new Place(0, offset), of.origin(), of.label(), of.replaces(), of.timeMs(), of.waitedMs());
  }

  private static Observed observed(List<Joined> joined, boolean complete) {
    Letter event = new Letter("events", BROKEN, false, "malformed", 0);
    Letter label = new Letter("labels", new Place(0, 3), false, "unknown_label", 0);
    return new Observed(
        config(),
        new Observed.Scope(Set.of(Part.JOINER), complete),
        Set.of(LABELLED, CORRECTED, UNLABELLED, BROKEN, WAITING),
        new TreeMap<>(Map.of(0, (long) joined.size())),
        joined,
        List.of(),
        List.of(),
        List.of(),
        List.of(),
        List.of(event, label),
        List.of(),
        List.of());
  }

  private static JobConfig config() {
    Map<String, String> all = new HashMap<>();
    all.put("job", "joining");
    all.put("bootstrap.servers", "unused:1");
    all.put("events.topic", "events");
    all.put("events.features", "x");
    all.put("events.classes", "ok,fraud");
    all.put("labels.topic", "labels");
    all.put("labels.label", "outcome");
    all.put("labels.wait", WAIT_MS + "ms");
    all.put("labels.grace", "4s");
    all.put("labels.correct.for", "1m");
    all.put("labels.missing", "ok");
    all.put("labels.state.dir", "unused");
    all.put("checkpoint.dir", "unused");
    return JobConfigLoader.load(all);
  }
}
