package dev.counterweight.event;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * A schema as it stands in a registry.
 *
 * @param type AVRO, PROTOBUF or JSON
 * @param text Avro's JSON, or a .proto file's text
 * @param references the texts of the schemas that it refers to and that those refer to, each behind
 *     those that it needs itself, by the name under which it is referred to: an Avro type's full
 *     name, or the file that a .proto file imports
 */
public record RegisteredSchema(String type, String text, Map<String, String> references) {
  public RegisteredSchema {
    references = Collections.unmodifiableMap(new LinkedHashMap<>(references));
  }
}
