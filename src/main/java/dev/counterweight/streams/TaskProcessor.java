package dev.counterweight.streams;

import java.util.Set;
import java.util.function.Function;
import org.apache.kafka.streams.processor.api.Processor;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.ProcessorSupplier;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.state.StoreBuilder;
import org.jspecify.annotations.Nullable;

/**
 * Opens a task of the topology and hands it its records. Kafka Streams revives a task with the
 * processor it had: all that a task knows is made when it is opened, so that nothing outlives what
 * may have been aborted. Used by the task's thread.
 */
public final class TaskProcessor<KIn, VIn, KOut, VOut> implements Processor<KIn, VIn, KOut, VOut> {

  /** What is done with the records of one task, from its opening until it is closed. */
  public interface Task<K, V> {
    void process(Record<K, V> record);

    void close();
  }

  private final Function<ProcessorContext<KOut, VOut>, Task<KIn, VIn>> opening;
  private @Nullable Task<KIn, VIn> task;

  public TaskProcessor(Function<ProcessorContext<KOut, VOut>, Task<KIn, VIn>> opening) {
    this.opening = opening;
  }

  /**
   * Such a processor for every task, with the stores that a task has of its own.
   *
   * @param opening makes what a task is, each time it is opened
   */
  public static <KIn, VIn, KOut, VOut> ProcessorSupplier<KIn, VIn, KOut, VOut> supplier(
      Function<ProcessorContext<KOut, VOut>, Task<KIn, VIn>> opening, StoreBuilder<?>... stores) {
    return new ProcessorSupplier<>() {
      @Override
      public Processor<KIn, VIn, KOut, VOut> get() {
        return new TaskProcessor<>(opening);
      }

      @Override
      public Set<StoreBuilder<?>> stores() {
        return Set.of(stores);
      }
    };
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
