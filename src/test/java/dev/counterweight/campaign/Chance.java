package dev.counterweight.campaign;

import dev.counterweight.campaign.Fault.BrokersKilled;
import dev.counterweight.campaign.Fault.BrokersPaused;
import dev.counterweight.campaign.Fault.CheckpointDamaged;
import dev.counterweight.campaign.Fault.ClockStepped;
import dev.counterweight.campaign.Fault.RebalanceStorm;
import dev.counterweight.campaign.Fault.RolesKilled;
import dev.counterweight.campaign.Fault.RolesPaused;
import dev.counterweight.campaign.Fault.WiresFail;
import dev.counterweight.campaign.Fault.Written;
import dev.counterweight.demo.Wire;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.SplittableRandom;
import java.util.stream.IntStream;

/** Draws faults. Not thread-safe. */
final class Chance {
  /** The first and the last moment at which something goes wrong. */
  private static final long FIRST_MS = 1_000;

  private static final long LAST_MS = Schedule.FEED_MS - 1_000;

  /** Longer than a session of any role. */
  private static final long LONG_PAUSE_MS = 12_000;

  private final SplittableRandom random;

  Chance(long seed) {
    this.random = new SplittableRandom(seed);
  }

  int below(int bound) {
    return random.nextInt(bound);
  }

  boolean oneIn(int n) {
    return random.nextInt(n) == 0;
  }

  Fault fault(boolean joins) {
    long at = random.nextLong(FIRST_MS, LAST_MS);
    return switch (random.nextInt(27)) {
      case 0, 1, 2, 3, 4, 5 -> new RolesKilled(at, members(joins), random.nextLong(3_000));
      case 6, 7, 8 ->
          new RolesPaused(
              at, members(joins), oneIn(2) ? LONG_PAUSE_MS : 500 + random.nextLong(5_000));
      case 9, 10 -> new BrokersKilled(at, brokers(), 500 + random.nextLong(4_000));
      case 11 -> new BrokersPaused(at, brokers(), 500 + random.nextLong(8_000));
      case 12, 13 -> new WiresFail(at, wires(), wire(), 500 + random.nextLong(6_000));
      case 14, 15, 16 -> written(at);
      // Where labels come apart the clock ends the waits.
      case 17 -> joins ? written(at) : new ClockStepped(at, random.nextLong(-120_000, 120_000));
      case 18 -> new RebalanceStorm(at, any(roles(joins)), 1 + random.nextInt(2));
      case 19, 20 ->
          new CheckpointDamaged(
              at, any(List.of(CheckpointDamaged.How.values())), random.nextLong(1_000));
      case 21 -> new Fault.DiskFull(at, 500 + random.nextLong(4_000));
      case 22 -> new Fault.PeersFail(at, wires(), wire(), 500 + random.nextLong(6_000));
      case 23 ->
          new Fault.BrokerDiskFull(
              at, List.of(1 + random.nextInt(Cluster.SIZE)), 500 + random.nextLong(4_000));
      default -> ofPlaces(at, joins);
    };
  }

  /** A topic that is joined on its keys must not grow; its joiners have state to lose instead. */
  private Fault ofPlaces(long at, boolean joins) {
    if (joins) {
      return oneIn(2)
          ? new Fault.StateLost(at, random.nextInt(2), random.nextLong(2_000))
          : new Fault.StateDiskFull(at, random.nextInt(2), 2_000 + random.nextLong(8_000));
    }
    return switch (random.nextInt(5)) {
      case 0 -> new Fault.TopicMadeAgain(at);
      case 1, 2 -> new Fault.TopicGrown(at);
      default ->
          new Fault.RetentionOvertakes(
              at, any(List.of(Member.Role.COUNTER, Member.Role.SAMPLER)), 2_000);
    };
  }

  private Fault written(long at) {
    Written.Kind what = any(List.of(Written.Kind.values()));
    return new Written(at, what, what == Written.Kind.BROKEN ? 500 : 1 + random.nextInt(40));
  }

  private Wire.State wire() {
    return any(
        List.of(
            Wire.State.CUT, Wire.State.SLOW, Wire.State.ANSWERS_HELD, Wire.State.REQUESTS_HELD));
  }

  private static List<Member.Role> roles(boolean joins) {
    return joins
        ? List.of(Member.Role.values())
        : List.of(
            Member.Role.COUNTER, Member.Role.SAMPLER, Member.Role.TRAINER, Member.Role.SCORER);
  }

  /** One process mostly, else both of a role, or some of any. */
  private List<Member> members(boolean joins) {
    List<Member.Role> roles = roles(joins);
    int form = random.nextInt(8);
    if (form < 5) {
      return List.of(new Member(any(roles), random.nextInt(2)));
    }
    if (form < 7) {
      Member.Role role = any(roles);
      return List.of(new Member(role, 0), new Member(role, 1));
    }
    List<Member> some = new ArrayList<>();
    for (Member.Role role : roles) {
      if (oneIn(2) || role == Member.Role.COUNTER) {
        some.add(new Member(role, random.nextInt(2)));
      }
    }
    return some;
  }

  private List<Integer> brokers() {
    int form = random.nextInt(8);
    return form == 7 ? wires() : form == 6 ? List.of(0) : List.of(1 + random.nextInt(Cluster.SIZE));
  }

  private List<Integer> wires() {
    List<Integer> all = new ArrayList<>(IntStream.rangeClosed(1, Cluster.SIZE).boxed().toList());
    Collections.shuffle(all, new Random(random.nextLong()));
    return all.subList(0, 1 + random.nextInt(Cluster.SIZE)).stream().sorted().toList();
  }

  private <T> T any(List<T> of) {
    return of.get(random.nextInt(of.size()));
  }
}
