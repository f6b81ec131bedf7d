package dev.counterweight.exporting;

import dev.counterweight.tensor.Tensor;
import java.time.Instant;
import java.time.Year;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.time.zone.ZoneOffsetTransition;
import java.time.zone.ZoneRules;
import java.util.ArrayList;
import java.util.List;

/**
 * How far the clocks of a zone are ahead of UTC, as tables that need no time zone database; by the
 * rules known today, up to the year {@value #LAST_YEAR}.
 *
 * @param startsMs I64[t]: from when on the next offset holds
 * @param offsetsMs I64[t + 1]
 */
record ZoneOffsets(Tensor.I64 startsMs, Tensor.I64 offsetsMs) {
  static final int LAST_YEAR = 2100;

  static ZoneOffsets of(ZoneId zone) {
    ZoneRules rules = zone.getRules();
    List<ZoneOffsetTransition> changes = new ArrayList<>();
    Instant end = Year.of(LAST_YEAR + 1).atDay(1).atStartOfDay().toInstant(ZoneOffset.UTC);
    ZoneOffsetTransition next = rules.nextTransition(Instant.MIN);
    while (next != null && next.getInstant().isBefore(end)) {
      changes.add(next);
      next = rules.nextTransition(next.getInstant());
    }
    long[] starts = changes.stream().mapToLong(c -> c.toEpochSecond() * 1000).toArray();
    long[] offsets = new long[starts.length + 1];
    offsets[0] = rules.getOffset(Instant.MIN).getTotalSeconds() * 1000L;
    for (int i = 0; i < starts.length; i++) {
      offsets[i + 1] = changes.get(i).getOffsetAfter().getTotalSeconds() * 1000L;
    }
    return new ZoneOffsets(
        new Tensor.I64(starts, starts.length), new Tensor.I64(offsets, offsets.length));
  }
}
