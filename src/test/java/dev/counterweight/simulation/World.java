package dev.counterweight.simulation;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Random;
import org.apache.kafka.common.errors.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * Has everything happen, one thing at a time, in an order that is a function of the seed. While a
 * process waits for an answer others go on: what they do happens within its call. One thread.
 */
public final class World {
  private static final int MOST_NESTED = 3;
  private static final long STALL_STEP_MS = 50;

  final VirtualTime time = new VirtualTime();
  final Random dice;
  final MemoryCluster cluster;
  final Sabotage sabotage;
  String counted = Settings.EVENTS;
  final List<String> told = new ArrayList<>();
  long downMs = 1_000;
  private final List<Place> places = new ArrayList<>();
  private final int stepMs;
  private final int interleaved;
  private final boolean telling;
  private final List<String> failures = new ArrayList<>();
  private int nested;
  private boolean faultless;
  private boolean ended;
  private long steps;
  private Runnable feed = () -> {};
  private boolean feeding;

  /**
   * @param telling whether to tell what happens
   */
  World(long seed, Sabotage sabotage, boolean telling) {
    this.sabotage = sabotage;
    this.dice = new Random(seed);
    this.telling = telling;
    this.cluster = new MemoryCluster(time, new Random(seed + 1));
    this.stepMs = new int[] {5, 20, 60}[dice.nextInt(3)];
    this.interleaved = new int[] {0, 5, 20, 40}[dice.nextInt(4)];
  }

  /** The world's time. */
  public VirtualTime time() {
    return time;
  }

  void add(Place place) {
    places.add(place);
  }

  /** Has this done again and again, among the processes. */
  void feed(Runnable step) {
    feed = step;
  }

  /** No more faults from now on. */
  void calm() {
    faultless = true;
  }

  /** Nothing goes on any more, whoever looks at what there is. */
  void end() {
    ended = true;
  }

  long steps() {
    return steps;
  }

  List<String> failures() {
    return failures;
  }

  void tell(String what) {
    if (telling) {
      told.add("%d %s".formatted(time.millis(), what));
    }
  }

  void failed(Place place, RuntimeException e, boolean said, boolean tooOften) {
    tell("%s-%d failed: %s".formatted(place.role, place.number, e));
    // Kafka Streams is started anew after that.
    boolean stale = String.valueOf(e.getMessage()).contains("the state restored");
    if (!(said || stale) || tooOften) {
      StackTraceElement[] at = e.getStackTrace();
      String what =
          "%s-%d: %s%s"
              .formatted(place.role, place.number, e, at.length == 0 ? "" : " at " + at[0]);
      if (!failures.contains(what)) {
        failures.add(what);
      }
    }
  }

  /** One thing happens, and a little time passes. */
  void step() {
    steps++;
    int one = dice.nextInt(places.size() + 1);
    if (one == places.size()) {
      if (!feeding) {
        feeding = true;
        feed.run();
        feeding = false;
      }
    } else {
      places.get(one).step();
    }
    time.pass(dice.nextInt(stepMs));
    cluster.tick();
  }

  /** A process asks: what befalls it before it is answered. */
  void asks(Process process, Call call) {
    requireAlive(process);
    Place place = process.place();
    place.calls++;
    Fault fault = due(place, call, false);
    if (fault != null) {
      tell("%s before %s".formatted(fault, call));
      befall(process, fault);
    }
    others();
    requireAlive(process);
  }

  /** A process is answered: what befalls it before it hears. */
  void answered(Process process, Call call) {
    Fault fault = due(process.place(), call, true);
    if (fault != null) {
      tell("%s after %s".formatted(fault, call));
      befall(process, fault);
    }
    others();
    requireAlive(process);
  }

  /** Whether a record of this process is to be refused. */
  boolean refuses(Process process) {
    return take(process.place(), Fault.Kind.REFUSE) != null;
  }

  /** Whether what it restores is to be stale. */
  boolean stale(Process process) {
    return take(process.place(), Fault.Kind.STALE) != null;
  }

  /** Whether a checkpoint is to be spoilt while this place is empty. */
  boolean spoils(Place place) {
    return take(place, Fault.Kind.SPOIL) != null;
  }

  private @Nullable Fault take(Place place, Fault.Kind kind) {
    Iterator<Fault> all = faultless ? List.<Fault>of().iterator() : place.faults().iterator();
    while (all.hasNext()) {
      Fault fault = all.next();
      if (fault.kind() == kind && fault.at() <= place.calls) {
        all.remove();
        tell(fault.toString());
        return fault;
      }
    }
    return null;
  }

  private @Nullable Fault due(Place place, Call call, boolean after) {
    if (faultless) {
      return null;
    }
    Iterator<Fault> all = place.faults().iterator();
    while (all.hasNext()) {
      Fault fault = all.next();
      if (fault.at() <= place.calls && befalls(fault.kind(), call, after)) {
        all.remove();
        return fault;
      }
    }
    return null;
  }

  private static boolean befalls(Fault.Kind kind, Call call, boolean after) {
    return switch (kind) {
      case KILL_BEFORE, STALL, REPLACE, LEAVE, REBALANCE -> !after;
      case KILL_AFTER -> after;
      case KILL_WRITTEN -> after && call == Call.SEND;
      case KILL_COMMITTED -> after && call == Call.COMMIT;
      case SILENCE_BEFORE -> !after && call.timesOut();
      case SILENCE_AFTER -> after && call.timesOut();
      case REFUSE, STALE, SPOIL -> false;
    };
  }

  private void befall(Process process, Fault fault) {
    switch (fault.kind()) {
      case KILL_BEFORE, KILL_AFTER, KILL_WRITTEN, KILL_COMMITTED -> {
        downMs = fault.forMs();
        process.kill();
        throw new KilledError();
      }
      case SILENCE_BEFORE, SILENCE_AFTER -> {
        time.pass(Math.min(fault.forMs(), 1_000));
        throw new TimeoutException("no answer, as the schedule has it");
      }
      case REPLACE -> {
        process.place().replace();
        stall(fault.forMs());
      }
      case STALL -> stall(fault.forMs());
      case LEAVE -> {
        downMs = fault.forMs();
        process.leaving = true;
      }
      case REBALANCE -> cluster.rebalance(process.place().role);
      case REFUSE, STALE, SPOIL -> throw new IllegalStateException(fault.toString());
    }
  }

  private void stall(long forMs) {
    long untilMs = time.millis() + forMs;
    nested++;
    while (time.millis() < untilMs) {
      step();
      time.pass(dice.nextInt((int) STALL_STEP_MS));
    }
    nested--;
  }

  /** Lets time pass for a process that waits, while others work. */
  void waits(long ms) {
    if (nested < MOST_NESTED) {
      stall(Math.min(ms, 500));
    } else {
      time.pass(ms);
      cluster.tick();
    }
  }

  private void others() {
    if (!ended && nested < MOST_NESTED && dice.nextInt(100) < interleaved) {
      nested++;
      for (int n = 1 + dice.nextInt(3); n > 0; n--) {
        step();
      }
      nested--;
    }
  }

  private static void requireAlive(Process process) {
    if (process.killed()) {
      throw new KilledError();
    }
  }

  void close() {
    places.forEach(Place::close);
  }
}
