package dev.counterweight.campaign;

import dev.counterweight.campaign.Fault.CheckpointDamaged;
import dev.counterweight.campaign.Member.Role;
import dev.counterweight.demo.Wire;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.IntStream;

/** Makes faults happen, and ends them, at their times. Owned by the thread of {@link Run}. */
final class Injector {
  private static final long STORM_EVERY_MS = 2_500;

  /** Before any fault: what it takes where nothing goes wrong. */
  private static final long PROBE_MS = 500;

  /** What was killed is started again then, where that belongs to the fault. */
  private static final long SOON_MS = 200;

  private record Action(long atMs, Runnable act) {}

  private final Cluster cluster;
  private final Crew crew;
  private final Feed feed;
  private final Places places;
  private final List<Action> left = new ArrayList<>();

  /**
   * @param begun is told of each fault's kind when it begins
   */
  Injector(
      List<Fault> faults,
      Cluster cluster,
      Crew crew,
      Feed feed,
      Places places,
      Consumer<String> begun) {
    this.cluster = cluster;
    this.crew = crew;
    this.feed = feed;
    this.places = places;
    at(PROBE_MS, () -> begun.accept("nothing"));
    for (Fault fault : faults) {
      at(fault.atMs(), () -> begun.accept(fault.kind()));
      plan(fault);
    }
    left.sort(Comparator.comparingLong(Action::atMs));
  }

  /** Does what is due. */
  void upTo(long nowMs) {
    while (!left.isEmpty() && left.get(0).atMs <= nowMs) {
      left.remove(0).act.run();
    }
  }

  boolean isDone() {
    return left.isEmpty();
  }

  private void at(long atMs, Runnable act) {
    left.add(new Action(atMs, act));
  }

  private void plan(Fault fault) {
    long at = fault.atMs();
    long over = at + fault.forMs();
    if (fault instanceof Fault.RolesKilled killed) {
      at(at, () -> killed.members().forEach(crew::kill));
      at(over, () -> killed.members().forEach(crew::start));
    } else if (fault instanceof Fault.RolesPaused paused) {
      at(at, () -> paused.members().forEach(crew::pause));
      at(over, () -> paused.members().forEach(crew::resume));
    } else if (fault instanceof Fault.BrokersKilled killed) {
      during(at, over, killed.brokers(), BrokerNode::kill, BrokerNode::start);
    } else if (fault instanceof Fault.BrokersPaused paused) {
      during(at, over, paused.brokers(), BrokerNode::pause, BrokerNode::resume);
    } else if (fault instanceof Fault.WiresFail wires) {
      during(
          at,
          over,
          wires.brokers(),
          node -> node.wire().set(wires.state()),
          node -> node.wire().set(Wire.State.OPEN));
    } else if (fault instanceof Fault.PeersFail peers) {
      during(
          at,
          over,
          peers.brokers(),
          node -> node.peers(peers.state()),
          node -> node.peers(Wire.State.OPEN));
    } else if (fault instanceof Fault.BrokerDiskFull full) {
      during(at, over, full.brokers(), BrokerNode::fillDisk, BrokerNode::freeDisk);
    } else if (fault instanceof Fault.Written written) {
      at(at, () -> feed.order(written));
    } else if (fault instanceof Fault.ClockStepped clock) {
      at(at, () -> feed.stepClock(clock.byMs()));
    } else if (fault instanceof Fault.RebalanceStorm storm) {
      storm(storm);
    } else if (fault instanceof CheckpointDamaged damaged) {
      damage(damaged, over);
    } else {
      planOfPlaces(fault, at, over);
    }
  }

  private void planOfPlaces(Fault fault, long at, long over) {
    if (fault instanceof Fault.TopicGrown) {
      at(at, places::grow);
    } else if (fault instanceof Fault.StateLost lost) {
      Member joiner = new Member(Role.JOINER, lost.instance());
      at(at, () -> crew.kill(joiner));
      at(at, () -> crew.loseState(joiner));
      at(over, () -> crew.start(joiner));
    } else if (fault instanceof Fault.TopicMadeAgain) {
      at(at, feed::stop);
      at(at, places::makeAgain);
    } else if (fault instanceof Fault.RetentionOvertakes overtakes) {
      List<Member> both = both(overtakes.role());
      at(at, () -> both.forEach(crew::kill));
      at(over, places::deleteRead);
      at(over, () -> both.forEach(crew::start));
    } else if (fault instanceof Fault.StateDiskFull full) {
      Member joiner = new Member(Role.JOINER, full.instance());
      at(at, () -> crew.kill(joiner));
      at(at, () -> places.fillState(full.instance()));
      at(at + SOON_MS, () -> crew.start(joiner));
      at(over, places::freeStates);
    } else if (fault instanceof Fault.DiskFull) {
      at(at, places::fillDisk);
      at(over, places::freeDisk);
    }
  }

  private void during(
      long at,
      long over,
      List<Integer> brokers,
      Consumer<BrokerNode> begin,
      Consumer<BrokerNode> end) {
    List<BrokerNode> hit = new ArrayList<>();
    at(
        at,
        () -> {
          brokers.forEach(number -> hit.add(cluster.node(number)));
          hit.forEach(begin);
        });
    at(over, () -> hit.forEach(end));
  }

  private void storm(Fault.RebalanceStorm storm) {
    Member third = new Member(storm.role(), 2);
    IntStream.range(0, storm.times())
        .mapToLong(i -> storm.atMs() + i * 2 * STORM_EVERY_MS)
        .forEach(
            at -> {
              at(at, () -> crew.start(third));
              at(at + STORM_EVERY_MS, () -> crew.leave(third));
            });
  }

  private void damage(CheckpointDamaged damaged, long over) {
    List<Member> trainers = both(Role.TRAINER);
    at(
        damaged.atMs(),
        () -> {
          trainers.forEach(crew::kill);
          places.damageNewest(damaged.how());
        });
    at(over, () -> trainers.forEach(crew::start));
  }

  private static List<Member> both(Role role) {
    return List.of(new Member(role, 0), new Member(role, 1));
  }
}
