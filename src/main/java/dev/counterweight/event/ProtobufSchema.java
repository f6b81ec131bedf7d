package dev.counterweight.event;

import com.google.protobuf.AnyProto;
import com.google.protobuf.ApiProto;
import com.google.protobuf.DescriptorProtos;
import com.google.protobuf.DescriptorProtos.FileDescriptorProto;
import com.google.protobuf.DescriptorProtos.FileDescriptorSet;
import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.Descriptors.DescriptorValidationException;
import com.google.protobuf.Descriptors.FileDescriptor;
import com.google.protobuf.DurationProto;
import com.google.protobuf.EmptyProto;
import com.google.protobuf.FieldMaskProto;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.SourceContextProto;
import com.google.protobuf.StructProto;
import com.google.protobuf.TimestampProto;
import com.google.protobuf.TypeProto;
import com.google.protobuf.WrappersProto;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * A schema of Protobuf messages, its types linked: a .proto file with those it imports, or what
 * protoc's {@code --descriptor_set_out} writes. Immutable.
 *
 * <p>Google's own files (timestamp, wrappers and so on) need not be given, nor Confluent's. An
 * import that is not given is passed over: most serve options alone; a field whose type it would
 * have defined is refused when it is asked for.
 */
final class ProtobufSchema {
  private static final int MAX_FILES = 1_000;
  private static final Map<String, FileDescriptor> KNOWN =
      Stream.concat(
              Stream.of(
                  TimestampProto.getDescriptor(),
                  DurationProto.getDescriptor(),
                  WrappersProto.getDescriptor(),
                  StructProto.getDescriptor(),
                  AnyProto.getDescriptor(),
                  EmptyProto.getDescriptor(),
                  FieldMaskProto.getDescriptor(),
                  ApiProto.getDescriptor(),
                  TypeProto.getDescriptor(),
                  SourceContextProto.getDescriptor(),
                  DescriptorProtos.getDescriptor()),
              Stream.of(confluentDecimal()))
          .collect(Collectors.toMap(FileDescriptor::getName, Function.identity()));

  private final FileDescriptor main;
  private final List<FileDescriptor> files;

  private ProtobufSchema(FileDescriptor main, List<FileDescriptor> files) {
    this.main = main;
    this.files = files;
  }

  /**
   * Of a .proto text.
   *
   * @param imports the text of a file by the name by which it is imported
   * @throws IllegalArgumentException if a text is no .proto file, or its types do not fit together
   */
  static ProtobufSchema ofText(String text, Function<String, Optional<String>> imports) {
    String name = "schema.proto";
    Linker linker =
        new Linker(
            file ->
                file.equals(name)
                    ? Optional.of(ProtoText.parse(file, text))
                    : imports.apply(file).map(imported -> ProtoText.parse(file, imported)));
    FileDescriptor main =
        linker
            .link(name)
            .orElseThrow(() -> new IllegalStateException("the text itself was not linked"));
    return new ProtobufSchema(main, linker.linked());
  }

  /**
   * Of a registry's text.
   *
   * @throws IllegalArgumentException as {@link #ofText}
   */
  static ProtobufSchema of(RegisteredSchema found) {
    return ofText(found.text(), name -> Optional.ofNullable(found.references().get(name)));
  }

  /**
   * Of a file that holds .proto text, which can import Google's files alone, or a serialised {@code
   * FileDescriptorSet}.
   *
   * @throws IllegalArgumentException if it holds neither, or its types do not fit together
   */
  static ProtobufSchema ofFile(byte[] bytes) {
    FileDescriptorSet set = FileDescriptorSet.getDefaultInstance();
    try {
      set = FileDescriptorSet.parseFrom(bytes);
    } catch (InvalidProtocolBufferException e) {
      // Text, then.
    }
    boolean named = set.getFileList().stream().allMatch(FileDescriptorProto::hasName);
    return set.getFileCount() > 0 && named
        ? of(set)
        : ofText(new String(bytes, StandardCharsets.UTF_8), name -> Optional.empty());
  }

  private static ProtobufSchema of(FileDescriptorSet set) {
    Map<String, FileDescriptorProto> given = new HashMap<>();
    set.getFileList().forEach(file -> given.put(file.getName(), file));
    Linker linker = new Linker(name -> Optional.ofNullable(given.get(name)));
    set.getFileList().forEach(file -> linker.link(file.getName()));
    // protoc writes the file that it was asked for last, behind what it imports.
    String last = set.getFile(set.getFileCount() - 1).getName();
    return new ProtobufSchema(linker.link(last).orElseThrow(), linker.linked());
  }

  /**
   * The message at a place of the file, as a registry's frame gives it. Types that stand for the
   * entries of a map are not counted, as Confluent's serialiser does not.
   *
   * @param indexes place among the file's messages, then among that one's nested ones, and so on
   * @throws IllegalArgumentException if there is none
   */
  Descriptor message(List<Integer> indexes) {
    List<Descriptor> level = main.getMessageTypes();
    Descriptor found = null;
    for (int index : indexes) {
      if (index < 0 || index >= level.size()) {
        throw new IllegalArgumentException(
            "message indexes %s: the schema has %s"
                .formatted(indexes, level.isEmpty() ? "no such message" : names(level)));
      }
      found = level.get(index);
      level = declared(found.getNestedTypes());
    }
    if (found == null) {
      throw new IllegalArgumentException("no message index");
    }
    return found;
  }

  /**
   * The message of a name, with its package or, if that is not ambiguous, without.
   *
   * @throws IllegalArgumentException if there is none, with those there are
   */
  Descriptor message(String name) {
    List<Descriptor> all = files.stream().flatMap(f -> messages(f.getMessageTypes())).toList();
    List<Descriptor> found = all.stream().filter(m -> m.getFullName().equals(name)).toList();
    if (found.isEmpty()) {
      found = all.stream().filter(m -> m.getFullName().endsWith("." + name)).toList();
    }
    if (found.size() == 1) {
      return found.get(0);
    }
    List<String> names = all.stream().map(Descriptor::getFullName).toList();
    throw new IllegalArgumentException(
        found.isEmpty()
            ? "no message '%s': there are %s%s"
                .formatted(
                    Shown.text(name),
                    Shown.names(names),
                    Suggestion.closest(name, names)
                        .map(n -> "; did you mean '" + Shown.text(n) + "'?")
                        .orElse(""))
            : "message '%s' is ambiguous: %s".formatted(Shown.text(name), names(found)));
  }

  /**
   * The one message of the file.
   *
   * @throws IllegalArgumentException if it has several, or none
   */
  Descriptor onlyMessage() {
    List<Descriptor> top = main.getMessageTypes();
    if (top.size() == 1) {
      return top.get(0);
    }
    throw new IllegalArgumentException(
        top.isEmpty()
            ? "the schema has no message"
            : "the schema has %d messages: events.schema.message must name one of %s"
                .formatted(top.size(), names(top)));
  }

  private static String names(List<Descriptor> messages) {
    return Shown.names(messages.stream().map(Descriptor::getFullName).toList());
  }

  private static Stream<Descriptor> messages(List<Descriptor> level) {
    return declared(level).stream()
        .flatMap(message -> Stream.concat(Stream.of(message), messages(message.getNestedTypes())));
  }

  private static List<Descriptor> declared(List<Descriptor> level) {
    return level.stream().filter(message -> !message.getOptions().getMapEntry()).toList();
  }

  /** As Connect's converter writes decimals; no registry hands its file out. */
  private static FileDescriptor confluentDecimal() {
    return build(
        ProtoText.parse(
            "confluent/type/decimal.proto",
            """
            syntax = "proto3";
            package confluent.type;
            message Decimal { bytes value = 1; uint32 precision = 2; int32 scale = 3; }
            """),
        List.of());
  }

  private static FileDescriptor build(FileDescriptorProto file, List<FileDescriptor> imported) {
    try {
      return FileDescriptor.buildFrom(file, imported.toArray(FileDescriptor[]::new), true);
    } catch (DescriptorValidationException | RuntimeException e) {
      // The latter: of a damaged descriptor the library trips over what is not there.
      throw new IllegalArgumentException(
          "the schema does not fit together: " + Shown.text(String.valueOf(e.getMessage())), e);
    }
  }

  /** Links files, each behind what it imports. */
  private static final class Linker {
    private final Function<String, Optional<FileDescriptorProto>> source;
    private final Map<String, FileDescriptor> done = new LinkedHashMap<>();
    private final Set<String> open = new LinkedHashSet<>();

    Linker(Function<String, Optional<FileDescriptorProto>> source) {
      this.source = source;
    }

    List<FileDescriptor> linked() {
      return List.copyOf(done.values());
    }

    /** Empty for a file that nobody has. */
    Optional<FileDescriptor> link(String name) {
      FileDescriptor there = KNOWN.getOrDefault(name, done.get(name));
      if (there != null) {
        return Optional.of(there);
      }
      if (!open.add(name)) {
        throw new IllegalArgumentException(
            "files import each other in a circle: " + Shown.names(List.copyOf(open)));
      }
      if (open.size() + done.size() > MAX_FILES) {
        throw new IllegalArgumentException("more than " + MAX_FILES + " files are imported");
      }
      Optional<FileDescriptor> linked = source.apply(name).map(this::linked);
      open.remove(name);
      linked.ifPresent(file -> done.put(name, file));
      return linked;
    }

    private FileDescriptor linked(FileDescriptorProto file) {
      return build(file, file.getDependencyList().stream().flatMap(n -> link(n).stream()).toList());
    }
  }
}
