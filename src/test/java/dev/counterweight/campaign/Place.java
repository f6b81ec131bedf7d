package dev.counterweight.campaign;

/** Where a record stands in its topic. */
public record Place(int partition, long offset) implements Comparable<Place> {
  @Override
  public int compareTo(Place other) {
    int byPartition = Integer.compare(partition, other.partition);
    return byPartition == 0 ? Long.compare(offset, other.offset) : byPartition;
  }

  /** As in messages: partition@offset. */
  @Override
  public String toString() {
    return partition + "@" + offset;
  }
}
