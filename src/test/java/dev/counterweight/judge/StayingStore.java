package dev.counterweight.judge;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.util.Arrays;
import java.util.NavigableMap;
import java.util.TreeMap;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.common.utils.Bytes;
import org.apache.kafka.streams.state.KeyValueBytesStoreSupplier;
import org.apache.kafka.streams.state.KeyValueIterator;
import org.apache.kafka.streams.state.KeyValueStore;
import org.apache.kafka.streams.state.StoreBuilder;
import org.apache.kafka.streams.state.Stores;

/** A store whose rows outlive the topologies that it is built for, one after another. */
final class StayingStore implements KeyValueBytesStoreSupplier {
  private final NavigableMap<byte[], byte[]> rows = new TreeMap<>(Arrays::compareUnsigned);

  StoreBuilder<KeyValueStore<Bytes, byte[]>> builder() {
    return Stores.keyValueStoreBuilder(this, Serdes.Bytes(), Serdes.ByteArray())
        .withCachingDisabled();
  }

  @Override
  public String name() {
    return JudgeTopology.STORE;
  }

  @Override
  public String metricsScope() {
    return "in-memory";
  }

  @Override
  @SuppressWarnings("unchecked")
  public KeyValueStore<Bytes, byte[]> get() {
    KeyValueStore<Bytes, byte[]> store = Stores.inMemoryKeyValueStore(name()).get();
    return (KeyValueStore<Bytes, byte[]>)
        Proxy.newProxyInstance(
            StayingStore.class.getClassLoader(),
            new Class<?>[] {KeyValueStore.class},
            (proxy, method, arguments) -> {
              if (method.getName().equals("close") && store.isOpen()) {
                save(store);
              }
              Object result;
              try {
                result = method.invoke(store, arguments);
              } catch (InvocationTargetException e) {
                throw e.getCause();
              }
              if (method.getName().equals("init")) {
                rows.forEach((key, value) -> store.put(Bytes.wrap(key), value));
              }
              return result;
            });
  }

  private void save(KeyValueStore<Bytes, byte[]> store) {
    rows.clear();
    try (KeyValueIterator<Bytes, byte[]> all = store.all()) {
      all.forEachRemaining(row -> rows.put(row.key.get(), row.value));
    }
  }
}
