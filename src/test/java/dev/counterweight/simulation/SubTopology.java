package dev.counterweight.simulation;

import dev.counterweight.streams.Outgoing;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.Serde;
import org.apache.kafka.streams.processor.StateStore;
import org.apache.kafka.streams.processor.api.Processor;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.state.KeyValueStore;
import org.jspecify.annotations.Nullable;

/**
 * A part of a topology whose tasks have a partition of its topics each.
 *
 * @param inputs topics
 * @param processors makes the processor of a task
 * @param stores of a task, by name
 * @param reading a record of an input as the processor gets it
 * @param writing what the processor forwards, to which child, as a record of a topic
 */
public record SubTopology<KIn, VIn, KOut, VOut>(
    String name,
    List<String> inputs,
    Function<Integer, Processor<KIn, VIn, KOut, VOut>> processors,
    Map<String, Rows<?, ?>> stores,
    Function<ConsumerRecord<byte[], byte[]>, Record<KIn, VIn>> reading,
    Writing<KOut, VOut> writing) {
  public SubTopology {
    inputs = List.copyOf(inputs);
    stores = new LinkedHashMap<>(stores);
  }

  /**
   * How a store's rows are bytes.
   *
   * @param opened the store that tasks use, over one that keeps the rows
   */
  public record Rows<K, V>(
      Serde<K> keys, Serde<V> values, Function<KeyValueStore<K, V>, StateStore> opened) {

    /** Of a store that is used as it is. */
    public Rows(Serde<K> keys, Serde<V> values) {
      this(keys, values, store -> store);
    }
  }

  /** Where a record that is forwarded goes. */
  public interface Writing<K, V> {
    ProducerRecord<byte[], byte[]> of(
        Record<K, V> forwarded, @Nullable String child, int partition);

    /** What names its partition: from one child to a topic, from others to another. */
    static Writing<byte[], Outgoing> outgoing(String child, String topic, String others) {
      return (record, from, partition) ->
          new ProducerRecord<>(
              child.equals(from) ? topic : others,
              record.value().partition(),
              record.timestamp(),
              record.key(),
              record.value().value(),
              record.headers());
    }
  }
}
