package dev.counterweight.sampling;

import dev.counterweight.batch.MiniBatch;

/** Where batch records go. */
public interface RecordSink {
  /** Takes a record, which belongs to it from now on, and how many events that covers. */
  void accept(MiniBatch batch, int events);
}
