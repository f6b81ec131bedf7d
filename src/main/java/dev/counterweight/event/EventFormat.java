package dev.counterweight.event;

/** The formats events are read in. */
public enum EventFormat {
  JSON,
  CSV,
  FLOAT32,
  AVRO,
  PROTOBUF;

  /** Whether a value's fields have names, as its columns and places have not. */
  public boolean hasNames() {
    return this != CSV && this != FLOAT32;
  }

  /** Whether values can be read by a schema alone. */
  public boolean needsSchema() {
    return this == AVRO || this == PROTOBUF;
  }

  /**
   * A decoder of this format that rejects what is longer than {@code mostBytes}, for the use of one
   * thread. Of what is longer it needs no more than one byte.
   *
   * @param origin of the schemas that events were written by
   * @throws IllegalArgumentException if the format needs a schema and there is none, or the file of
   *     {@code origin} holds none
   */
  public EventDecoder decoder(EventSchema schema, int mostBytes, SchemaOrigin origin) {
    EventRules rules = new EventRules(schema, mostBytes);
    EventDecoder decoder =
        switch (this) {
          case JSON -> new JsonDecoder(schema, rules, origin.framed());
          case CSV -> new CsvDecoder(schema, rules);
          case FLOAT32 -> new Float32Decoder(schema, rules);
          case AVRO -> new AvroDecoder(schema, rules, origin);
          case PROTOBUF -> new ProtobufDecoder(schema, rules, origin);
        };
    return schema.isOfLabels() ? decoder.with(event -> label(decoder, event)) : decoder;
  }

  /** Has messages name the keys that labels apart from their events are read by. */
  private static EventHead label(EventDecoder labels, RawEvent event)
      throws EventRejectedException {
    try {
      return labels.head(event);
    } catch (EventRejectedException e) {
      throw new EventRejectedException(
          e.reason(), () -> LabelWords.of(String.valueOf(e.getMessage())));
    }
  }

  /**
   * What asks for the schemas that events of this format were written by, for the use of one
   * thread.
   */
  public FramedSchemas framedSchemas(SchemaOrigin origin) {
    boolean asks = needsSchema() && origin.framed() && origin.file() == null;
    return new FramedSchemas(asks ? origin.registry() : null);
  }

  /** The same of plain values that need no schema. */
  public EventDecoder decoder(EventSchema schema, int mostBytes) {
    return decoder(schema, mostBytes, SchemaOrigin.NONE);
  }

  /** A decoder of this format for events of any length, for the use of one thread. */
  public EventDecoder decoder(EventSchema schema) {
    return decoder(schema, Integer.MAX_VALUE);
  }
}
