package dev.counterweight.sampling;

import static org.assertj.core.api.Assertions.assertThat;

import dev.counterweight.event.EventHead;
import dev.counterweight.sampler.Snapshots;
import java.util.Random;
import org.junit.jupiter.api.Test;

class DrawCreditsTest {
  private static final int CAP = 7;

  private final Random random = new Random(1);

  /** Looked at only when due, they pay what they would pay if looked at after every event. */
  @Test
  void lookedAtSeldomTheyPayWhatOneLookedAtAlwaysPays() {
    double[] counts = {9_000, 900, 90, 10};
    ReplayBuffer memory = new ReplayBuffer(4, 1, 8);
    DrawCredits accounts = new DrawCredits(4, CAP, 64);
    double[] wanted = new double[4];
    long[] paid = new long[4];
    int looks = 0;
    SamplingPlan plan = plan(counts, 0.03);
    for (int event = 0; event < 200_000; event++) {
      if (event % 50_000 == 20_000) {
        SamplingPlan next = plan(counts, 0.01 + 0.1 * random.nextDouble());
        for (int c = 0; c < 4; c++) {
          wanted[c] *= next.uses(c) / plan.uses(c);
        }
        accounts.replan(plan, next);
        plan = next;
      }
      if (event == 1_000 || event == 150_000) {
        int label = event == 1_000 ? 0 : 3; // the others stay without memory
        memory.add(label, 0, event, new float[] {1}, 0, EventHead.NEW);
        accounts.payable();
      }
      for (int c = 0; c < 4; c++) {
        wanted[c] = Math.min(CAP, wanted[c] + plan.schedule()[c]);
      }
      if (accounts.due()) {
        looks++;
        accounts.settle(plan);
        for (int c = 0; c < 4; c++) {
          paid[c] = memory.size(c) > 0 ? accounts.take(c) : 0;
        }
        accounts.rest(plan, memory);
      }
      for (int c = 0; c < 4; c++) {
        wanted[c] -= paid[c];
        paid[c] = 0;
        double most = memory.size(c) > 0 ? 1 : CAP;
        assertThat(wanted[c])
            .as("what class %d is owed after event %d", c, event)
            .isBetween(-1e-6, most + 1e-6);
      }
    }
    assertThat(looks).as("looks at the accounts").isLessThan(10_000);
  }

  /** 100 replays at 4 draws an event, spread over 64 events' worth of draws: 256. */
  @Test
  void whatAnArrivalBringsIsSpreadOverTheEventsAfterItAndPaidInFull() {
    SamplingPlan plan = plan(new double[] {9_000, 900, 90, 10}, 4);
    ReplayBuffer memory = new ReplayBuffer(4, 1, 8);
    memory.add(3, 0, 0, new float[] {1}, 0, EventHead.NEW);
    DrawCredits accounts = new DrawCredits(4, CAP, 256);
    accounts.arrived(plan, 3, 100);
    int paid = 0;
    double scheduled = 0;
    for (int event = 1; event <= 1_000; event++) {
      scheduled += plan.schedule()[3];
      if (accounts.due()) {
        accounts.settle(plan);
        int now = accounts.take(3);
        accounts.rest(plan, memory);
        assertThat(now).as("draws at event %d", event).isLessThanOrEqualTo(3);
        paid += now;
      }
      double spread = 100 * (1 - Math.pow(1 - 1 / 64.0, event));
      assertThat((double) paid)
          .as("by event %d", event)
          .isBetween(spread + scheduled - 1.5, spread + scheduled + 1);
    }
  }

  private static SamplingPlan plan(double[] counts, double draws) {
    return new SamplingPlan(
        Snapshots.balancedOf(counts),
        null,
        new double[] {1, 2, 3, 4},
        SamplingPlanTest.hybrid(64, 0.5),
        draws,
        0.1);
  }
}
