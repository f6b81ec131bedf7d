package dev.counterweight.simulation;

import org.jspecify.annotations.Nullable;

/** One life of an instance of a role. Not thread-safe. */
public abstract class Process implements AutoCloseable {
  private final Place place;
  private boolean killed;
  private boolean stepping;
  boolean leaving;
  @Nullable String ended;

  protected Process(Place place) {
    this.place = place;
  }

  Place place() {
    return place;
  }

  boolean killed() {
    return killed;
  }

  void kill() {
    killed = true;
  }

  boolean stepping() {
    return stepping;
  }

  void stepping(boolean now) {
    stepping = now;
  }

  /** Begins; then does a bounded piece of work, again and again. */
  protected abstract void step();

  /** Does what is to be done to leave in good order. */
  protected abstract void leave();

  /** Lets go of memory; the cluster does not hear of it. */
  @Override
  public abstract void close();
}
