package dev.counterweight.event;

/** The formats events are read in. */
public enum EventFormat {
  JSON,
  CSV,
  FLOAT32;

  /**
   * A decoder of this format that rejects what is longer than {@code mostBytes}, for the use of one
   * thread. Of what is longer it needs no more than one byte.
   */
  public EventDecoder decoder(EventSchema schema, int mostBytes) {
    return new LimitedDecoder(decoder(schema), mostBytes);
  }

  /** A decoder of this format for events of {@code schema}, for the use of one thread. */
  public EventDecoder decoder(EventSchema schema) {
    return switch (this) {
      case JSON -> new JsonDecoder(schema);
      case CSV -> new CsvDecoder(schema);
      case FLOAT32 -> new Float32Decoder(schema);
    };
  }
}
