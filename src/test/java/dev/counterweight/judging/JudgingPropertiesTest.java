package dev.counterweight.judging;

import static org.assertj.core.api.Assertions.assertThat;

import dev.counterweight.joining.SortedRows;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.SplittableRandom;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;

/** Random answers and classes in any interleaving, against what lists of both say. */
class JudgingPropertiesTest {
  private static final long HOLD_MS = 200;
  private static final int MANY = 10_000;

  /** A record of either topic: {@code label} is -1 of an answer. */
  private record Item(long event, long atMs, int label) {}

  private final Set<Long> judged = new HashSet<>();
  private final Map<Fate, Long> fates = new EnumMap<>(Fate.class);
  private SplittableRandom random = new SplittableRandom(0);

  private final class Counted implements Verdicts {
    private final Map<Long, Item> answers;
    private final Map<Long, Item> truths;

    Counted(List<Item> answers, List<Item> truths) {
      this.answers = byEvent(answers);
      this.truths = byEvent(truths);
    }

    @Override
    public void judged(Answer answer, Truth truth) {
      long event = (long) answer.probabilities()[0];
      assertThat(judged.add(event)).as("event %d once", event).isTrue();
      assertThat(Objects.requireNonNull(answers.get(event)).atMs()).isEqualTo(answer.atMs());
      assertThat(truths.get(event)).isEqualTo(new Item(event, truth.atMs(), truth.label()));
    }

    @Override
    public void tell(Fate fate) {
      fates.merge(fate, 1L, Long::sum);
    }
  }

  private static Map<Long, Item> byEvent(List<Item> items) {
    Map<Long, Item> first = new HashMap<>();
    items.forEach(item -> first.putIfAbsent(item.event(), item));
    return first;
  }

  /** Answers in the order of their events, some of them again later. */
  private List<Item> answers(int events) {
    List<Item> all = new ArrayList<>();
    long atMs = 0;
    for (int event = 0; event < events; event++) {
      atMs += random.nextInt(10);
      if (random.nextInt(5) > 0) {
        all.add(new Item(event, atMs, -1));
      }
      if (random.nextInt(10) == 0 && !all.isEmpty()) {
        all.add(new Item(all.get(random.nextInt(all.size())).event(), atMs, -1));
      }
    }
    return all;
  }

  /** A class at most for each event, in the order of when they come. */
  private List<Item> truths(int events) {
    List<Item> all = new ArrayList<>();
    long atMs = 0;
    for (int i = 0; i < events; i++) {
      atMs += random.nextInt(10);
      all.add(new Item(random.nextInt(events), atMs, random.nextInt(3)));
    }
    Set<Long> seen = new HashSet<>();
    all.removeIf(item -> !seen.add(item.event()));
    return all;
  }

  private void begin(long seed) {
    random = new SplittableRandom(seed);
    judged.clear();
    fates.clear();
  }

  private long of(Fate fate) {
    return fates.getOrDefault(fate, 0L);
  }

  @Property(tries = 300)
  void whatIsJudgedIsAFunctionOfBothTopicsHoweverTheyAreReadAndRestarted(@ForAll long seed) {
    begin(seed);
    int events = 1 + random.nextInt(120);
    List<Item> answers = answers(events);
    List<Item> truths = truths(events);
    Map<Long, Item> answered = byEvent(answers);
    SortedRows answerRows = new SortedRows();
    SortedRows truthRows = new SortedRows();
    Verdicts verdicts = new Counted(answers, truths);
    JudgingRules rules = new JudgingRules(1 << 30, MANY);
    Held held = new Held();
    Judging judging = new Judging(rules, answerRows, truthRows, verdicts, held);
    int a = 0;
    int t = 0;
    while (a < answers.size() || t < truths.size()) {
      if (t == truths.size() || (a < answers.size() && random.nextBoolean())) {
        answer(judging, answers.get(a++));
      } else {
        truth(judging, truths.get(t++));
      }
      assertThat(held.answers()).isEqualTo(answerRows.size());
      assertThat(held.truths()).isEqualTo(truthRows.size());
      if (random.nextInt(20) == 0) {
        held = again(held);
        judging = new Judging(rules, answerRows, truthRows, verdicts, held);
      }
    }
    long first = 0;
    Set<Long> expected = new HashSet<>();
    for (Item truth : truths) {
      Item answer = answered.get(truth.event());
      if (answer != null && answer.atMs() < truth.atMs()) {
        expected.add(truth.event());
      } else {
        first += answer == null ? 0 : 1;
      }
    }
    assertThat(judged).isEqualTo(expected);
    assertThat(of(Fate.LABEL_FIRST)).isEqualTo(first);
    assertThat(of(Fate.REPEATED)).isEqualTo(answers.size() - answered.size());
    assertThat(of(Fate.EXPIRED)).isZero();
    assertThat(held.answers()).isEqualTo(answered.size() - judged.size() - first);
    assertThat(held.truths() + of(Fate.UNMATCHED)).isEqualTo(truths.size() - judged.size() - first);
  }

  @Property(tries = 300)
  void anAnswerExpiresExactlyIfItsClassComesLaterThanItIsHeld(@ForAll long seed) {
    begin(seed);
    int events = 1 + random.nextInt(150);
    List<Item> answers = answers(events);
    List<Item> truths = truths(events);
    Map<Long, Item> answered = byEvent(answers);
    SortedRows answerRows = new SortedRows();
    Held held = new Held();
    Judging judging =
        new Judging(
            new JudgingRules(HOLD_MS, MANY),
            answerRows,
            new SortedRows(),
            new Counted(answers, truths),
            held);
    answers.forEach(answer -> answer(judging, answer));
    for (Item truth : truths) {
      while (!judging.advance(truth.atMs(), 1 + random.nextInt(5))) {
        // Some of them at a time.
      }
      truth(judging, truth);
    }
    Set<Long> expected = new HashSet<>();
    for (Item truth : truths) {
      Item answer = answered.get(truth.event());
      if (answer != null
          && answer.atMs() < truth.atMs()
          && truth.atMs() < answer.atMs() + HOLD_MS) {
        expected.add(truth.event());
      }
    }
    assertThat(judged).isEqualTo(expected);
    assertThat(judged.size() + of(Fate.LABEL_FIRST) + of(Fate.EXPIRED) + held.answers())
        .isEqualTo(answered.size());
    assertThat(answerRows.size()).isEqualTo(held.answers());
  }

  private static void answer(Judging judging, Item answer) {
    // The event's number stands where a probability does: nothing is made of it here.
    judging.answer(
        answer.event(), new Answer(answer.atMs(), 0, new double[] {answer.event(), 0, 0}));
  }

  private static void truth(Judging judging, Item truth) {
    judging.truth(truth.event(), new Truth(truth.atMs(), truth.label()));
  }

  private static Held again(Held held) {
    ByteBuffer bytes = ByteBuffer.allocate(Held.BYTES);
    held.put(bytes);
    return Held.get(bytes.flip());
  }
}
