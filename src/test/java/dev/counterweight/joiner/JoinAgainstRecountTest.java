package dev.counterweight.joiner;

import static org.assertj.core.api.Assertions.assertThat;

import dev.counterweight.joiner.JoinRecount.Written;
import dev.counterweight.joiner.JoinStream.Conflict;
import dev.counterweight.joiner.JoinStream.Event;
import dev.counterweight.joiner.JoinStream.Label;
import dev.counterweight.joiner.JoinStream.Rules;
import dev.counterweight.joining.Fact;
import dev.counterweight.joining.HeldEvent;
import dev.counterweight.joining.Join;
import dev.counterweight.joining.JoinRules;
import dev.counterweight.joining.Joined;
import dev.counterweight.joining.Origin;
import dev.counterweight.joining.Output;
import dev.counterweight.joining.SortedDues;
import dev.counterweight.joining.SortedRows;
import dev.counterweight.joining.Totals;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * The rules of the join against a recount that knows none of its code, whichever of the two topics
 * is read ahead of the other, and by how much.
 */
class JoinAgainstRecountTest {
  private static final int EVENTS = Integer.getInteger("counterweight.events", 5_000);

  @ParameterizedTest
  @CsvSource({
    "FIRST, 0, 8000",
    "FIRST, -1, 0",
    "LAST, -1, 30000",
    "LAST, 0, 0",
    "PRIORITY, 0, 8000",
    "PRIORITY, -1, 0"
  })
  void everyEventLeavesOnceAndIsCorrectedAsItShouldBe(
      Conflict conflict, int missing, long correctForMs) {
    Rules rules = new Rules(10_000, 2_000, correctForMs, missing, conflict, 3);
    for (long seed = 1; seed <= 3; seed++) {
      JoinStream stream = JoinStream.of(rules, EVENTS, 1_000_000, 10, seed);
      JoinRecount recount = new JoinRecount(stream);
      for (long aheadMs : new long[] {0, -30_000, 30_000, Integer.MAX_VALUE}) {
        Run run = new Run(stream);
        run.all(aheadMs, new SplittableRandom(seed));
        for (int event = 0; event < EVENTS; event++) {
          if (!run.written.get(event).equals(recount.of(event))) {
            assertThat(run.written.get(event))
                .as("seed %d, ahead %d, %s", seed, aheadMs, stream.events().get(event))
                .isEqualTo(recount.of(event));
          }
        }
        assertThat(run.told(Fact.MATCHED) + run.told(Fact.EXPIRED) + run.told(Fact.DROPPED))
            .isEqualTo(EVENTS);
      }
    }
  }

  /** One join over a stream: which side is read next is by the times that both are read up to. */
  private static final class Run implements Output {
    private final JoinStream stream;
    private final Join join;
    private final List<List<Written>> written = new ArrayList<>();
    private final Map<Fact, Integer> facts = new EnumMap<>(Fact.class);

    Run(JoinStream stream) {
      this.stream = stream;
      Rules r = stream.rules();
      JoinRules rules =
          new JoinRules(
              r.waitMs(),
              r.graceMs(),
              r.correctForMs(),
              r.missing(),
              JoinRules.Conflict.valueOf(r.conflict().name()),
              JoinRules.Scope.ALL);
      this.join = new Join(rules, new SortedRows(), new SortedDues(), this, new Totals());
      stream.events().forEach(event -> written.add(new ArrayList<>()));
    }

    /**
     * @param aheadMs by how much events are read ahead of labels
     */
    void all(long aheadMs, SplittableRandom random) {
      List<Event> events = stream.events();
      List<Label> labels = stream.labels();
      long eventsMs = Long.MIN_VALUE;
      long labelsMs = Long.MIN_VALUE;
      for (int e = 0, l = 0; e < events.size() || l < labels.size(); ) {
        boolean event =
            l == labels.size()
                || (e < events.size()
                    && events.get(e).timeMs() <= labels.get(l).timeMs() + aheadMs);
        // A side that is read to its end holds nothing back.
        long t =
            Math.min(
                e == events.size() ? Long.MAX_VALUE / 4 : eventsMs,
                l == labels.size() ? Long.MAX_VALUE / 4 : labelsMs);
        t = Math.min(t, Math.max(eventsMs, labelsMs));
        if (event) {
          Event next = events.get(e);
          byte[] body = ByteBuffer.allocate(4).putInt(e).array();
          join.event(key(next.key()), new HeldEvent(new Origin(0, e++), next.timeMs(), body), t);
          eventsMs = Math.max(eventsMs, next.timeMs());
        } else {
          Label next = labels.get(l++);
          dev.counterweight.joining.Label label =
              new dev.counterweight.joining.Label(next.label(), next.timeMs());
          join.label(key(next.key()), label, t);
          labelsMs = Math.max(labelsMs, next.timeMs());
        }
        if (random.nextInt(50) == 0) {
          join.advance(t, 1 + random.nextInt(100));
        }
      }
      while (!join.advance(1L << 51, 1_000)) {}
    }

    int told(Fact fact) {
      return facts.getOrDefault(fact, 0);
    }

    @Override
    public void write(Joined joined) {
      written
          .get(ByteBuffer.wrap(joined.event().body()).getInt())
          .add(new Written(joined.label(), joined.waitedMs(), joined.replaces()));
    }

    @Override
    public void tell(Fact fact) {
      facts.merge(fact, 1, Integer::sum);
    }

    private static byte[] key(int key) {
      return ByteBuffer.allocate(4).putInt(key).array();
    }
  }
}
