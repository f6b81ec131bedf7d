package dev.counterweight.counter;

/** Where a partition of the events topic begins, for the job and for the log. */
interface InputOffsets {

  /** The offset at which a job that has counted nothing of the partition begins. */
  long first(int partition);

  /** The oldest offset that the log still has. */
  long logStart(int partition);
}
