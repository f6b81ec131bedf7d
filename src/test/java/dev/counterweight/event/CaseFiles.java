package dev.counterweight.event;

import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Files that strangers sent, a record a line. */
public final class CaseFiles {
  private CaseFiles() {}

  public static List<byte[]> records(String file) throws IOException {
    byte[] all;
    try (@Nullable InputStream in = CaseFiles.class.getResourceAsStream("/cases/" + file)) {
      all = Objects.requireNonNull(in, file).readAllBytes();
    }
    List<byte[]> records = new ArrayList<>();
    int from = 0;
    for (int i = 0; i <= all.length; i++) {
      if (i == all.length ? from < i : all[i] == '\n') {
        records.add(Arrays.copyOfRange(all, from, i));
        from = i + 1;
      }
    }
    return records;
  }

  /** Reads every record, features too. */
  public static List<EventRejectedException> rejected(
      List<byte[]> records, EventDecoder decoder, int columns, long nowMs) {
    List<EventRejectedException> rejected = new ArrayList<>();
    for (byte[] record : records) {
      try {
        decoder.head(RawEvent.of(record, nowMs));
        decoder.features(RawEvent.of(record, nowMs), new float[columns], 0);
      } catch (EventRejectedException e) {
        rejected.add(e);
      }
    }
    return rejected;
  }
}
