package dev.counterweight.simulation;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.TreeMap;
import org.apache.kafka.common.serialization.Serde;
import org.apache.kafka.common.utils.Bytes;
import org.apache.kafka.streams.KeyValue;
import org.apache.kafka.streams.processor.StateStore;
import org.apache.kafka.streams.processor.StateStoreContext;
import org.apache.kafka.streams.state.KeyValueIterator;
import org.apache.kafka.streams.state.KeyValueStore;
import org.jspecify.annotations.Nullable;

/**
 * A store in memory with a cache before its changelog: rows are bytes, and what changed goes out
 * when the task commits. Not thread-safe.
 */
public final class MemoryStore<K, V> implements KeyValueStore<K, V> {
  private final String name;
  private final Serde<K> keys;
  private final Serde<V> values;
  private final TreeMap<Bytes, byte[]> rows;
  private final TreeMap<Bytes, byte @Nullable []> changed = new TreeMap<>();

  public MemoryStore(String name, Serde<K> keys, Serde<V> values, TreeMap<Bytes, byte[]> restored) {
    this.name = name;
    this.keys = keys;
    this.values = values;
    this.rows = restored;
  }

  /** What changed since this was last asked for. */
  public Map<Bytes, byte @Nullable []> changes() {
    Map<Bytes, byte @Nullable []> all = new TreeMap<>(changed);
    changed.clear();
    return all;
  }

  @Override
  public void put(K key, @Nullable V value) {
    Bytes row = bytes(key);
    if (value == null) {
      rows.remove(row);
      changed.put(row, null);
    } else {
      byte[] serialized = values.serializer().serialize(name, value);
      rows.put(row, serialized);
      changed.put(row, serialized);
    }
  }

  @Override
  public @Nullable V putIfAbsent(K key, V value) {
    V found = get(key);
    if (found == null) {
      put(key, value);
    }
    return found;
  }

  @Override
  public void putAll(List<KeyValue<K, V>> entries) {
    entries.forEach(entry -> put(entry.key, entry.value));
  }

  @Override
  public @Nullable V delete(K key) {
    V found = get(key);
    put(key, null);
    return found;
  }

  @Override
  public @Nullable V get(K key) {
    return read(rows.get(bytes(key)));
  }

  @Override
  public KeyValueIterator<K, V> range(K from, K to) {
    return iterator(rows.subMap(bytes(from), true, bytes(to), true));
  }

  @Override
  public KeyValueIterator<K, V> reverseRange(K from, K to) {
    return iterator(rows.subMap(bytes(from), true, bytes(to), true).descendingMap());
  }

  @Override
  public KeyValueIterator<K, V> all() {
    return iterator(rows);
  }

  private KeyValueIterator<K, V> iterator(Map<Bytes, byte[]> of) {
    List<KeyValue<K, V>> found = new ArrayList<>();
    of.forEach(
        (key, value) ->
            found.add(
                KeyValue.pair(keys.deserializer().deserialize(name, key.get()), read(value))));
    return new Rows<>(new ArrayDeque<>(found));
  }

  @Override
  public long approximateNumEntries() {
    return rows.size();
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public void init(StateStoreContext context, StateStore root) {}

  @Override
  public void close() {}

  @Override
  public boolean persistent() {
    return false;
  }

  @Override
  public boolean isOpen() {
    return true;
  }

  private Bytes bytes(K key) {
    return Bytes.wrap(keys.serializer().serialize(name, key));
  }

  private @Nullable V read(byte @Nullable [] value) {
    return value == null ? null : values.deserializer().deserialize(name, value);
  }

  private record Rows<K, V>(Queue<KeyValue<K, V>> left) implements KeyValueIterator<K, V> {
    @Override
    public boolean hasNext() {
      return !left.isEmpty();
    }

    @Override
    public KeyValue<K, V> next() {
      return left.remove();
    }

    @Override
    public K peekNextKey() {
      return left.element().key;
    }

    @Override
    public void close() {}
  }
}
