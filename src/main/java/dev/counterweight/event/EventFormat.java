package dev.counterweight.event;

/** The formats events are read in. */
public enum EventFormat {
  JSON,
  CSV,
  FLOAT32;

  /** A decoder of this format for events of {@code schema}, for the use of one thread. */
  public EventDecoder decoder(EventSchema schema) {
    return switch (this) {
      case JSON -> new JsonDecoder(schema);
      case CSV -> new CsvDecoder(schema);
      case FLOAT32 -> new Float32Decoder(schema);
    };
  }
}
