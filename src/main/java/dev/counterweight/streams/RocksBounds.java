package dev.counterweight.streams;

import java.util.Map;
import org.apache.kafka.streams.state.RocksDBConfigSetter;
import org.rocksdb.BlockBasedTableConfig;
import org.rocksdb.BloomFilter;
import org.rocksdb.Cache;
import org.rocksdb.CompressionType;
import org.rocksdb.Filter;
import org.rocksdb.LRUCache;
import org.rocksdb.Options;
import org.rocksdb.RocksDB;
import org.rocksdb.WriteBufferManager;

/**
 * Bounds what all stores of this process take of native memory: blocks, their indexes and filters,
 * and what is not yet on disk count towards one cache of {@value #TOTAL_BYTES} bytes. It lives as
 * long as the process: stores of later topologies share it. Kafka Streams makes one of these a
 * store.
 */
public final class RocksBounds implements RocksDBConfigSetter {
  /** Of native memory, all stores together. */
  static final long TOTAL_BYTES = 64L << 20;

  private static final long UNWRITTEN_BYTES = 32L << 20;
  private static final int STORE_UNWRITTEN_BYTES = 8 << 20;
  private static final double INDEXES = 0.25;
  private static final int BITS_A_KEY = 10;

  /** Of what is not yet on disk, as a share of it. */
  private static final double MEMORY_FILTER = 0.1;

  private final Filter filter;

  /** What is shared, made when the first store is opened. */
  private static final class Shared {
    static final Cache CACHE;
    static final WriteBufferManager UNWRITTEN;

    static {
      RocksDB.loadLibrary();
      CACHE = new LRUCache(TOTAL_BYTES, -1, false, INDEXES);
      UNWRITTEN = new WriteBufferManager(UNWRITTEN_BYTES, CACHE);
    }

    private Shared() {}
  }

  public RocksBounds() {
    RocksDB.loadLibrary();
    this.filter = new BloomFilter(BITS_A_KEY);
  }

  @Override
  public void setConfig(String store, Options options, Map<String, Object> configs) {
    BlockBasedTableConfig table = (BlockBasedTableConfig) options.tableFormatConfig();
    table.setBlockCache(Shared.CACHE);
    table.setCacheIndexAndFilterBlocks(true);
    table.setCacheIndexAndFilterBlocksWithHighPriority(true);
    table.setPinTopLevelIndexAndFilter(true);
    table.setPinL0FilterAndIndexBlocksInCache(true);
    // Most keys that are looked for are new: a filter saves the search in every file,
    // and one more that in memory.
    table.setFilterPolicy(filter);
    options.setTableFormatConfig(table);
    options.setMemtablePrefixBloomSizeRatio(MEMORY_FILTER);
    options.setMemtableWholeKeyFiltering(true);
    options.setAllowConcurrentMemtableWrite(false); // one thread writes
    options.setWriteBufferManager(Shared.UNWRITTEN);
    options.setWriteBufferSize(STORE_UNWRITTEN_BYTES);
    options.setCompressionType(CompressionType.LZ4_COMPRESSION);
  }

  @Override
  public void close(String store, Options options) {
    filter.close();
  }
}
