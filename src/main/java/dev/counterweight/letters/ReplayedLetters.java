package dev.counterweight.letters;

import dev.counterweight.letters.DeadLetter.Fate;
import java.util.Map;
import java.util.NavigableMap;
import java.util.SortedMap;
import java.util.StringJoiner;
import java.util.TreeMap;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.jspecify.annotations.Nullable;

/**
 * Which letters of the topic were published again: all below an offset, which is the group's
 * committed one, so that its lag is what waits; and, where a replay was of some reason, or since
 * some time, the spans above it by reason, which stand in that offset's metadata. Letters that were
 * replayed as often as they may be have spans of their own, as they are passed over unless asked
 * for. Not thread-safe.
 */
final class ReplayedLetters {
  /** Of what a broker takes by default as metadata of an offset, 4,096 bytes. */
  static final int MAX_TEXT = 4_000;

  private static final String SPENT = "!";

  private final SortedMap<String, NavigableMap<Long, Long>> spans = new TreeMap<>();
  private final boolean known;
  private long below;

  private ReplayedLetters(@Nullable OffsetAndMetadata committed) {
    this.known = committed != null;
    this.below = committed == null ? 0 : committed.offset();
  }

  /**
   * What an offset says.
   *
   * @throws IllegalArgumentException if its metadata is of something else
   */
  static ReplayedLetters of(@Nullable OffsetAndMetadata committed) {
    ReplayedLetters replayed = new ReplayedLetters(committed);
    if (committed != null && !committed.metadata().isEmpty()) {
      for (String entry : committed.metadata().split(";", -1)) {
        String[] parts = entry.split("=", -1);
        for (String span : parts[parts.length - 1].split(",", -1)) {
          String[] ends = span.split("-", -1);
          if (parts.length != 2 || ends.length != 2) {
            throw new IllegalArgumentException("'" + entry + "' names no offsets of letters");
          }
          replayed.add(parts[0], Long.parseLong(ends[0]), Long.parseLong(ends[1]));
        }
      }
    }
    return replayed;
  }

  /** Whether an offset was there to tell. */
  boolean known() {
    return known;
  }

  /** Every letter that may be published is, below this offset. */
  long below() {
    return below;
  }

  boolean contains(DeadLetter letter, Fate fate) {
    long offset = letter.record().offset();
    if (fate == Fate.FIT && offset < below) {
      return true;
    }
    NavigableMap<Long, Long> of = spans.get(kind(letter, fate));
    Map.Entry<Long, Long> span = of == null ? null : of.floorEntry(offset);
    return span != null && offset < span.getValue();
  }

  /** What letters share that are passed over or published together. */
  static String kind(DeadLetter letter, Fate fate) {
    return letter.reason() + (fate == Fate.SPENT ? SPENT : "");
  }

  /** All letters of a kind from one offset up to another are published. */
  void add(String kind, long from, long to) {
    NavigableMap<Long, Long> of = spans.computeIfAbsent(kind, any -> new TreeMap<>());
    long start = from;
    long end = to;
    Map.Entry<Long, Long> near = of.floorEntry(end);
    while (near != null && near.getValue() >= start) {
      start = Math.min(start, near.getKey());
      end = Math.max(end, near.getValue());
      of.remove(near.getKey());
      near = of.floorEntry(end);
    }
    of.put(start, end);
  }

  /** Every letter that may be published is, below this offset: spans below it say no more. */
  void advance(long to) {
    below = Math.max(below, to);
    spans.forEach(
        (kind, of) -> {
          if (!kind.endsWith(SPENT)) {
            of.values().removeIf(end -> end <= below);
          }
        });
    spans.values().removeIf(Map::isEmpty);
  }

  /**
   * As it is committed.
   *
   * @throws IllegalStateException if there are more spans than that has room for
   */
  OffsetAndMetadata committed() {
    StringJoiner text = new StringJoiner(";");
    spans.forEach(
        (kind, of) -> {
          StringJoiner all = new StringJoiner(",");
          of.forEach((from, to) -> all.add(from + "-" + to));
          text.add(kind + "=" + all);
        });
    if (text.length() > MAX_TEXT) {
      throw new IllegalStateException(
          "letters were replayed in more pieces than can be kept: replay those before, without"
              + " --reason and --since, first");
    }
    return new OffsetAndMetadata(below, text.toString());
  }
}
