package dev.counterweight.checkpoint;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.util.Base64;
import java.util.Collections;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.zip.Deflater;
import java.util.zip.GZIPInputStream;
import java.util.zip.GZIPOutputStream;
import org.jspecify.annotations.Nullable;

/**
 * A checkpoint's files as a record on {@code <job>.checkpoints} carries them, {name: base64}. A
 * forest is gzipped before that, under a name that says so: it is the largest of what serves, and
 * becomes about a third. The others, of numbers that look like chance, would stay what they are.
 */
final class InlineFiles {
  private static final String GZIP = ".gz";
  private static final String FOREST = StoredCheckpoint.FOREST + GZIP;
  private static final Set<String> SERVED =
      Set.of(CheckpointManifest.FILE, StoredCheckpoint.MODEL, FOREST);

  /** After so much of a forest each it is seen whether it can still fit: the trainer waits. */
  private static final int CHUNK_BYTES = 64 << 10;

  private InlineFiles() {}

  /**
   * What of a checkpoint an announcement may carry.
   *
   * @param maxBytes the most bytes of files, before base64; 0 for none
   * @return everything, or what is served, or nothing
   */
  static SortedMap<String, String> of(StoredCheckpoint checkpoint, long maxBytes) {
    SortedMap<String, byte[]> all = packed(checkpoint, maxBytes);
    return size(all) <= maxBytes ? encode(all) : served(all, maxBytes);
  }

  /** What of a checkpoint is served, or nothing if that is larger. */
  static SortedMap<String, String> served(StoredCheckpoint checkpoint, long maxBytes) {
    return served(packed(checkpoint, maxBytes), maxBytes);
  }

  /**
   * A file of those carried.
   *
   * @param maxBytes the most that it may have, unpacked: no more is read
   * @throws IOException if it is not carried, or damaged, or larger
   */
  static byte[] decode(Map<String, String> inline, String file, long maxBytes) throws IOException {
    String plain = inline.get(file);
    if (plain != null) {
      return base64(plain, file);
    }
    String gzipped = inline.get(file + GZIP);
    if (gzipped == null) {
      throw new IOException("the record does not carry " + file);
    }
    return gunzip(base64(gzipped, file + GZIP), file + GZIP, maxBytes);
  }

  private static SortedMap<String, String> served(SortedMap<String, byte[]> all, long maxBytes) {
    SortedMap<String, byte[]> served = new TreeMap<>(all);
    served.keySet().retainAll(SERVED);
    return size(served) <= maxBytes ? encode(served) : Collections.emptySortedMap();
  }

  /** All files as they are carried; none if a forest by itself is too large for that. */
  private static SortedMap<String, byte[]> packed(StoredCheckpoint checkpoint, long maxBytes) {
    SortedMap<String, byte[]> packed = new TreeMap<>(checkpoint.files());
    packed.put(CheckpointManifest.FILE, checkpoint.manifest().toJson());
    byte[] forest = packed.remove(StoredCheckpoint.FOREST);
    if (forest != null) {
      byte[] gzipped = gzip(forest, maxBytes);
      if (gzipped == null) {
        return Collections.emptySortedMap();
      }
      packed.put(FOREST, gzipped);
    }
    return packed;
  }

  private static SortedMap<String, String> encode(SortedMap<String, byte[]> files) {
    SortedMap<String, String> encoded = new TreeMap<>();
    files.forEach((name, bytes) -> encoded.put(name, Base64.getEncoder().encodeToString(bytes)));
    return encoded;
  }

  private static long size(SortedMap<String, byte[]> files) {
    return files.values().stream().mapToLong(bytes -> bytes.length).sum();
  }

  private static byte @Nullable [] gzip(byte[] bytes, long maxBytes) {
    ByteArrayOutputStream packed = new ByteArrayOutputStream();
    try (OutputStream gzip = new FastGzip(packed)) {
      for (int at = 0; at < bytes.length && packed.size() <= maxBytes; at += CHUNK_BYTES) {
        gzip.write(bytes, at, Math.min(CHUNK_BYTES, bytes.length - at));
      }
    } catch (IOException e) {
      throw new UncheckedIOException("memory cannot be written", e);
    }
    return packed.size() <= maxBytes ? packed.toByteArray() : null;
  }

  /** Of 400 KiB it leaves a tenth more than the default level, in 7 ms instead of 20. */
  private static final class FastGzip extends GZIPOutputStream {
    FastGzip(OutputStream to) throws IOException {
      super(to);
      def.setLevel(Deflater.BEST_SPEED);
    }
  }

  private static byte[] base64(String text, String name) throws IOException {
    try {
      return Base64.getDecoder().decode(text);
    } catch (IllegalArgumentException e) {
      throw new IOException(name + " in the record is not base64", e);
    }
  }

  private static byte[] gunzip(byte[] packed, String name, long maxBytes) throws IOException {
    int limit = (int) Math.min(maxBytes, Integer.MAX_VALUE - 1);
    byte[] bytes;
    try (InputStream gzip = new GZIPInputStream(new ByteArrayInputStream(packed))) {
      bytes = gzip.readNBytes(limit + 1);
    } catch (IOException e) {
      throw new IOException(name + " in the record is not whole gzip: " + e.getMessage(), e);
    }
    if (bytes.length > limit) {
      throw new IOException("%s in the record has more than %d bytes".formatted(name, maxBytes));
    }
    return bytes;
  }
}
