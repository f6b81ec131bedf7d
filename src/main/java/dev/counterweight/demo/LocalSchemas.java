package dev.counterweight.demo;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.apache.avro.AvroRuntimeException;
import org.apache.avro.Schema;

/**
 * The Avro schemas of a {@link LocalRegistry}, in memory: {@value #MOST_SCHEMAS} of them at most. A
 * schema has one id, under however many subjects it stands. Thread-safe.
 */
final class LocalSchemas {
  static final int MOST_SCHEMAS = 1_000;

  /** Another schema that one refers to: its full name, and where it stands. */
  record Reference(String name, String subject, int version) {}

  /** A schema as it was given. */
  record Registered(String text, List<Reference> references) {
    Registered {
      references = List.copyOf(references);
    }
  }

  /** A subject's version of a schema; versions count from 1. */
  record Version(String subject, int version, int id, Registered schema) {}

  /** A schema is not taken; the message says why. */
  static final class RefusedException extends Exception {
    private static final long serialVersionUID = 1L;

    RefusedException(String message) {
      super(message);
    }
  }

  private final Map<Registered, Integer> ids = new LinkedHashMap<>();
  private final List<Registered> schemas = new ArrayList<>();
  private final Map<String, List<Integer>> subjects = new LinkedHashMap<>();
  private int versions;

  /**
   * Registers a version of a subject; one that is there already keeps its id and its version.
   *
   * @return the schema's id
   * @throws RefusedException if it is no schema of Avro, or there are too many
   */
  synchronized int register(String subject, Registered schema) throws RefusedException {
    requireAvro(schema);
    Integer known = ids.get(schema);
    List<Integer> ofSubject = subjects.getOrDefault(subject, List.of());
    if (known != null && ofSubject.contains(known)) {
      return known;
    }
    if (versions == MOST_SCHEMAS) {
      throw new RefusedException(
          "there are %d versions of schemas here, and no more are taken".formatted(MOST_SCHEMAS));
    }
    int id = known == null ? schemas.size() + 1 : known;
    if (known == null) {
      schemas.add(schema);
      ids.put(schema, id);
    }
    subjects.computeIfAbsent(subject, name -> new ArrayList<>()).add(id);
    versions++;
    return id;
  }

  /** The schema of an id. */
  synchronized Optional<Registered> schema(int id) {
    return id < 1 || id > schemas.size() ? Optional.empty() : Optional.of(schemas.get(id - 1));
  }

  /** The subjects, in the order in which they came. */
  synchronized List<String> subjects() {
    return List.copyOf(subjects.keySet());
  }

  /** All versions of a subject; none if it is not there. */
  synchronized List<Version> versions(String subject) {
    List<Version> found = new ArrayList<>();
    for (int id : subjects.getOrDefault(subject, List.of())) {
      found.add(new Version(subject, found.size() + 1, id, schemas.get(id - 1)));
    }
    return found;
  }

  /** All versions that are of this schema. */
  synchronized List<Version> versions(int id) {
    return subjects.keySet().stream()
        .flatMap(subject -> versions(subject).stream())
        .filter(version -> version.id() == id)
        .toList();
  }

  private void requireAvro(Registered schema) throws RefusedException {
    Schema.Parser parser = new Schema.Parser();
    try {
      parseReferences(schema, parser, new LinkedHashSet<>());
      parser.parse(schema.text());
    } catch (AvroRuntimeException e) {
      throw new RefusedException("Invalid schema: " + e.getMessage());
    }
  }

  /** Each before those that refer to it; they refer backwards only, so that there is an end. */
  private void parseReferences(Registered schema, Schema.Parser parser, Set<Reference> seen)
      throws RefusedException {
    for (Reference reference : schema.references()) {
      List<Version> ofSubject = versions(reference.subject());
      if (reference.version() < 1 || reference.version() > ofSubject.size()) {
        throw new RefusedException(
            "Invalid schema: it refers to version %d of subject '%s', which is not there"
                .formatted(reference.version(), reference.subject()));
      }
      if (seen.add(reference)) {
        Registered referred = ofSubject.get(reference.version() - 1).schema();
        parseReferences(referred, parser, seen);
        parser.parse(referred.text());
      }
    }
  }
}
