package dev.counterweight.streams;

import java.util.OptionalLong;

/**
 * Input offsets of a test, the same of every partition.
 *
 * @param committed by the group
 * @param withState whether a topology committed it, and what it knows with it
 * @param logStart where the log begins
 * @param gapsHold whether offsets that are not read are of records; else they are markers
 */
public record FixedOffsets(
    OptionalLong committed, boolean withState, long logStart, boolean gapsHold)
    implements InputOffsets {
  /** The topics begin at 0, and nothing is committed of them. */
  public static final FixedOffsets NOTHING_COMMITTED =
      new FixedOffsets(OptionalLong.empty(), false, 0, true);

  @Override
  public OptionalLong committed(int partition) {
    return committed;
  }

  @Override
  public boolean committedWithState(int partition) {
    return withState;
  }

  @Override
  public long logStart(int partition) {
    return logStart;
  }

  @Override
  public boolean holdsAny(int partition, long from, long to) {
    return gapsHold;
  }
}
