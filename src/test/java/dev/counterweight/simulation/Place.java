package dev.counterweight.simulation;

import dev.counterweight.protocol.FailureException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;

/**
 * Where the lives of one instance of a role take place, one after another, two at a time while one
 * of them is a zombie. Not thread-safe.
 */
public final class Place {
  private static final long RESTART_MS = 500;
  private static final int MOST_FAILURES = 40;

  final World world;
  final String role;
  final int number;
  int calls;
  private final List<Fault> faults;
  private final Function<Place, Process> lives;
  private final List<Process> living = new ArrayList<>();
  private long nextMs;
  private boolean beginning;
  private int begun;
  private int failures;

  Place(
      World world,
      String role,
      int number,
      List<Fault> faults,
      Function<Place, Process> lives,
      long firstMs) {
    this.world = world;
    this.role = role;
    this.number = number;
    this.faults = new ArrayList<>(faults);
    this.lives = lives;
    this.nextMs = firstMs;
  }

  /** The world that it is in. */
  public World world() {
    return world;
  }

  /** The time of that world. */
  public VirtualTime time() {
    return world.time;
  }

  /** Which life it is now, counted from 1. */
  public int begun() {
    return begun;
  }

  /** Which of the role's instances. */
  public int number() {
    return number;
  }

  List<Fault> faults() {
    return faults;
  }

  /** Has another life begin beside the one that there is. */
  void replace() {
    nextMs = world.time.millis();
    begin();
  }

  /** A piece of work of one of its lives that is not at work already; false if there is none. */
  boolean step() {
    if (beginning) {
      return false;
    }
    if (living.isEmpty() && world.time.millis() >= nextMs) {
      begin();
      return true;
    }
    List<Process> free = new ArrayList<>();
    for (Process process : living) {
      if (!process.stepping()) {
        free.add(process);
      }
    }
    if (free.isEmpty()) {
      return false;
    }
    work(free.get(world.dice.nextInt(free.size())));
    return true;
  }

  private void begin() {
    begun++;
    beginning = true;
    try {
      living.add(lives.apply(this));
    } catch (KilledError e) {
      nextMs = world.time.millis() + world.downMs;
    } catch (RuntimeException e) {
      failed(e);
      nextMs = world.time.millis() + RESTART_MS;
    } finally {
      beginning = false;
    }
  }

  private void work(Process life) {
    life.stepping(true);
    try {
      if (life.leaving) {
        life.leave();
        end(life, world.downMs);
      } else {
        life.step();
      }
    } catch (KilledError e) {
      end(life, world.downMs);
    } catch (RuntimeException e) {
      if (!life.killed()) {
        failed(e);
      }
      end(life, life.killed() ? world.downMs : RESTART_MS);
    } finally {
      life.stepping(false);
    }
  }

  private void end(Process life, long awayMs) {
    life.kill();
    life.close();
    living.remove(life);
    if (living.isEmpty()) {
      nextMs = world.time.millis() + awayMs;
    }
  }

  private void failed(RuntimeException e) {
    failures++;
    world.failed(this, e, e instanceof FailureException, failures > MOST_FAILURES);
  }

  /** Ends it all, at the end of the run. */
  void close() {
    living.forEach(Process::kill);
    living.forEach(Process::close);
    living.clear();
  }
}
