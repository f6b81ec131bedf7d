package dev.counterweight.streams;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.rocksdb.BlockBasedTableConfig;
import org.rocksdb.Options;
import org.rocksdb.RocksDB;
import org.rocksdb.RocksDBException;

class RocksBoundsTest {
  private static final int STORES = 6;
  private static final int VALUE_BYTES = 4_096;

  /** 48 MB a store: by RocksDB's own bounds all of it would stand in memory. */
  private static final int ROWS = 12_000;

  /** What is being flushed is counted until it is done. */
  private static final long SLACK_BYTES = 16L << 20;

  @Test
  void allStoresTogetherStayWithinTheBoundWhateverTheyHold(@TempDir Path folder) throws Exception {
    List<RocksDB> stores = new ArrayList<>();
    List<AutoCloseable> owned = new ArrayList<>();
    try {
      for (int store = 0; store < STORES; store++) {
        stores.add(open(folder.resolve("store-" + store), owned));
      }
      byte[] value = new byte[VALUE_BYTES];
      SplittableRandom random = new SplittableRandom(1);
      long most = 0;
      for (int row = 0; row < ROWS; row++) {
        for (RocksDB store : stores) {
          random.nextBytes(value);
          store.put(key(row), value);
          store.get(key(random.nextInt(row + 1)));
        }
        if (row % 100 == 0) {
          most = Math.max(most, taken(stores));
        }
      }

      assertThat(most).isBetween(1L << 20, RocksBounds.TOTAL_BYTES + SLACK_BYTES);
      for (RocksDB store : stores) {
        assertThat(store.get(key(0))).hasSize(VALUE_BYTES);
      }
    } finally {
      for (int i = owned.size() - 1; i >= 0; i--) {
        owned.get(i).close();
      }
    }
  }

  private static byte[] key(int row) {
    return Integer.toString(row).getBytes(UTF_8);
  }

  private static RocksDB open(Path at, List<AutoCloseable> owned) throws RocksDBException {
    RocksBounds bounds = new RocksBounds();
    Options options = new Options();
    options.setCreateIfMissing(true);
    options.setTableFormatConfig(new BlockBasedTableConfig());
    bounds.setConfig(at.toString(), options, Map.of());
    RocksDB store = RocksDB.open(options, at.toString());
    owned.add(() -> bounds.close(at.toString(), options));
    owned.add(options);
    owned.add(store);
    return store;
  }

  /** Blocks and what is not yet on disk, which is charged to the cache that stores share. */
  private static long taken(List<RocksDB> stores) throws RocksDBException {
    long unwritten = 0;
    for (RocksDB store : stores) {
      unwritten += store.getLongProperty("rocksdb.cur-size-all-mem-tables");
    }
    return Math.max(unwritten, stores.get(0).getLongProperty("rocksdb.block-cache-usage"));
  }
}
