package dev.counterweight.joiner;

import dev.counterweight.joining.Rows;
import java.util.ArrayList;
import java.util.List;
import org.apache.kafka.common.utils.Bytes;
import org.apache.kafka.streams.KeyValue;
import org.apache.kafka.streams.state.KeyValueIterator;
import org.apache.kafka.streams.state.KeyValueStore;
import org.jspecify.annotations.Nullable;

/** The rows of a state store, whose keys Kafka Streams orders as bytes too. Used by its task. */
record StoreRows(KeyValueStore<Bytes, byte[]> store) implements Rows {
  @Override
  public byte @Nullable [] get(byte[] key) {
    return store.get(Bytes.wrap(key));
  }

  @Override
  public void put(byte[] key, byte[] value) {
    store.put(Bytes.wrap(key), value);
  }

  /** A store's own delete reads what it deletes. */
  @Override
  public void delete(byte[] key) {
    store.put(Bytes.wrap(key), null);
  }

  @Override
  public List<Row> range(byte[] from, byte[] to, int most) {
    List<Row> found = new ArrayList<>();
    try (KeyValueIterator<Bytes, byte[]> rows = store.range(Bytes.wrap(from), Bytes.wrap(to))) {
      while (found.size() < most && rows.hasNext()) {
        KeyValue<Bytes, byte[]> row = rows.next();
        found.add(new Row(row.key.get(), row.value));
      }
    }
    return found;
  }

  @Override
  public @Nullable Row last(byte[] from, byte[] to) {
    try (KeyValueIterator<Bytes, byte[]> rows =
        store.reverseRange(Bytes.wrap(from), Bytes.wrap(to))) {
      if (!rows.hasNext()) {
        return null;
      }
      KeyValue<Bytes, byte[]> row = rows.next();
      return new Row(row.key.get(), row.value);
    }
  }
}
