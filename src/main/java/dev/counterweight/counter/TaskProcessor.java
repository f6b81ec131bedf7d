package dev.counterweight.counter;

import java.util.function.Function;
import org.apache.kafka.streams.processor.api.Processor;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;
import org.jspecify.annotations.Nullable;

/**
 * Opens a task of the topology and hands it its records. Kafka Streams revives a task with the
 * processor it had: all that a task knows is made when it is opened, so that nothing outlives what
 * may have been aborted. Used by the task's thread.
 */
final class TaskProcessor<KIn, VIn, KOut, VOut> implements Processor<KIn, VIn, KOut, VOut> {

  /** What is done with the records of one task, from its opening until it is closed. */
  interface Task<K, V> {
    void process(Record<K, V> record);

    void close();
  }

  private final Function<ProcessorContext<KOut, VOut>, Task<KIn, VIn>> opening;
  private @Nullable Task<KIn, VIn> task;

  TaskProcessor(Function<ProcessorContext<KOut, VOut>, Task<KIn, VIn>> opening) {
    this.opening = opening;
  }

  @Override
  public void init(ProcessorContext<KOut, VOut> context) {
    task = opening.apply(context);
  }

  @Override
  public void process(Record<KIn, VIn> record) {
    if (task == null) {
      throw new IllegalStateException("a record before the task was opened");
    }
    task.process(record);
  }

  @Override
  public void close() {
    if (task != null) {
      task.close();
      task = null;
    }
  }
}
