package dev.counterweight.event;

import java.util.UUID;

/** What a schema registry knows a schema by. */
public sealed interface SchemaId {

  /** A number that one registry gave. */
  record Number(int id) implements SchemaId {
    @Override
    public String toString() {
      return "id " + id;
    }
  }

  /** A name that is the same in every registry. */
  record Guid(UUID guid) implements SchemaId {
    @Override
    public String toString() {
      return "GUID " + guid;
    }
  }
}
