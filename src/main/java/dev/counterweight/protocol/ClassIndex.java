package dev.counterweight.protocol;

/** The label of an event, as what is counted, drawn and trained by class takes it. */
public final class ClassIndex {
  private ClassIndex() {}

  /**
   * Demands that an event's label is the index of a class.
   *
   * @param classes K
   * @throws InvariantException naming the event, if it is not
   */
  public static void require(int label, int classes, int partition, long offset) {
    if (label < 0 || label >= classes) {
      throw new InvariantException(
          "partition %d, offset %d: an event's label is the index of a class"
              .formatted(partition, offset),
          "0 to " + (classes - 1),
          label);
    }
  }
}
