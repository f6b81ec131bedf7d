package dev.counterweight.demo;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** Writes rows as the values of records, in one format. Not thread-safe. */
interface RowFormat {

  /**
   * The bytes of a row.
   *
   * @param fields of the features in order, then the label if it stands in the event; null where a
   *     field is blank
   */
  byte[] encode(List<@Nullable String> fields);

  /** The schema that its events are written by. */
  default @Nullable WrittenSchema schema() {
    return null;
  }

  /**
   * A schema as a registry takes it.
   *
   * @param type AVRO, PROTOBUF or JSON
   * @param behindId what a frame has behind the schema's id
   */
  @SuppressWarnings("ArrayRecordComponent")
  record WrittenSchema(String type, String text, byte[] behindId) {}
}
