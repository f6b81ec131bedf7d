package dev.counterweight.event;

/**
 * Gives a category its row: FNV-1a over the text's UTF-8, 64 bits, begun at a place that depends on
 * the seed, then MurmurHash3's finaliser (FNV's low bits alone mix badly). Immutable.
 */
final class CategoryHash {
  private static final long OFFSET_BASIS = 0xcbf29ce484222325L;
  private static final long PRIME = 0x100000001b3L;

  private final long start;
  private final int buckets;

  CategoryHash(Feature.Table table) {
    this.start = OFFSET_BASIS ^ finalise(table.seed());
    this.buckets = table.buckets();
  }

  /** From 1 to the last row; row 0 is for what is missing. */
  int row(String text) {
    long hash = start;
    for (int i = 0; i < text.length(); i++) {
      int point = text.charAt(i);
      if (point < 0x80) {
        hash = (hash ^ point) * PRIME;
        continue;
      }
      if (Character.isSurrogate((char) point)) {
        point = text.codePointAt(i);
        i += Character.charCount(point) - 1;
      }
      hash = beyondAscii(hash, point);
    }
    return 1 + (int) Long.remainderUnsigned(finalise(hash), buckets - 1L);
  }

  /** The bytes of a code point in UTF-8. */
  private static long beyondAscii(long before, int point) {
    long hash = before;
    if (point < 0x800) {
      hash = (hash ^ (0xc0 | point >> 6)) * PRIME;
    } else {
      if (point < 0x10000) {
        hash = (hash ^ (0xe0 | point >> 12)) * PRIME;
      } else {
        hash = (hash ^ (0xf0 | point >> 18)) * PRIME;
        hash = (hash ^ (0x80 | point >> 12 & 0x3f)) * PRIME;
      }
      hash = (hash ^ (0x80 | point >> 6 & 0x3f)) * PRIME;
    }
    return (hash ^ (0x80 | point & 0x3f)) * PRIME;
  }

  private static long finalise(long value) {
    long z = value;
    z = (z ^ (z >>> 33)) * 0xff51afd7ed558ccdL;
    z = (z ^ (z >>> 33)) * 0xc4ceb9fe1a85ec53L;
    return z ^ (z >>> 33);
  }
}
