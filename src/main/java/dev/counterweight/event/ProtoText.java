package dev.counterweight.event;

import com.google.protobuf.DescriptorProtos.DescriptorProto;
import com.google.protobuf.DescriptorProtos.EnumDescriptorProto;
import com.google.protobuf.DescriptorProtos.FieldDescriptorProto;
import com.google.protobuf.DescriptorProtos.FieldDescriptorProto.Label;
import com.google.protobuf.DescriptorProtos.FieldDescriptorProto.Type;
import com.google.protobuf.DescriptorProtos.FileDescriptorProto;
import com.google.protobuf.DescriptorProtos.MessageOptions;
import com.google.protobuf.DescriptorProtos.OneofDescriptorProto;
import com.squareup.wire.Syntax;
import com.squareup.wire.schema.Field;
import com.squareup.wire.schema.Location;
import com.squareup.wire.schema.internal.parser.EnumConstantElement;
import com.squareup.wire.schema.internal.parser.EnumElement;
import com.squareup.wire.schema.internal.parser.FieldElement;
import com.squareup.wire.schema.internal.parser.GroupElement;
import com.squareup.wire.schema.internal.parser.MessageElement;
import com.squareup.wire.schema.internal.parser.OneOfElement;
import com.squareup.wire.schema.internal.parser.ProtoFileElement;
import com.squareup.wire.schema.internal.parser.ProtoParser;
import com.squareup.wire.schema.internal.parser.TypeElement;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Reads the text of a .proto file into a descriptor: what is needed to find fields in a message.
 * Options, services, extensions and defaults are left out.
 */
final class ProtoText {
  /** Deeper than anybody nests types, and far from the end of the parser's stack. */
  private static final int MAX_NESTING = 100;

  private static final Map<String, Type> SCALARS =
      Stream.of(Type.values())
          .filter(t -> t != Type.TYPE_GROUP && t != Type.TYPE_MESSAGE && t != Type.TYPE_ENUM)
          .collect(
              Collectors.toMap(
                  t -> t.name().substring("TYPE_".length()).toLowerCase(Locale.ROOT),
                  Function.identity()));

  private final boolean proto3;

  private ProtoText(boolean proto3) {
    this.proto3 = proto3;
  }

  /**
   * The file's descriptor; the types that its fields name are not looked for yet.
   *
   * @param name by which other files import it
   * @throws IllegalArgumentException if the text is no .proto file of syntax proto2 or proto3
   */
  static FileDescriptorProto parse(String name, String text) {
    checkNesting(text);
    ProtoFileElement file;
    try {
      file = ProtoParser.Companion.parse(Location.get(name), text);
    } catch (RuntimeException e) { // of any kind: the parser does not say which
      String problem = String.valueOf(e.getMessage()).strip().replaceAll("\\s+", " ");
      throw new IllegalArgumentException("not .proto text: " + Shown.text(problem), e);
    }
    return new ProtoText(file.getSyntax() == Syntax.PROTO_3).file(name, file);
  }

  /** Refuses what would exhaust the stack of a parser that goes down with every brace. */
  private static void checkNesting(String text) {
    int depth = 0;
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      depth += c == '{' || c == '[' ? 1 : c == '}' || c == ']' ? -1 : 0;
      if (depth > MAX_NESTING) {
        throw new IllegalArgumentException(
            "not .proto text: nested more than " + MAX_NESTING + " levels deep");
      }
    }
  }

  private FileDescriptorProto file(String name, ProtoFileElement file) {
    FileDescriptorProto.Builder to =
        FileDescriptorProto.newBuilder()
            .setName(name)
            .setSyntax(proto3 ? "proto3" : "proto2")
            .addAllDependency(file.getImports());
    for (String publicly : file.getPublicImports()) {
      to.addPublicDependency(to.getDependencyCount()).addDependency(publicly);
    }
    if (file.getPackageName() != null) {
      to.setPackage(file.getPackageName());
    }
    for (TypeElement type : file.getTypes()) {
      if (type instanceof MessageElement message) {
        to.addMessageType(message(message));
      } else if (type instanceof EnumElement values) {
        to.addEnumType(enumeration(values));
      }
    }
    return to.build();
  }

  private DescriptorProto message(MessageElement message) {
    DescriptorProto.Builder to = DescriptorProto.newBuilder().setName(message.getName());
    for (TypeElement type : message.getNestedTypes()) {
      if (type instanceof MessageElement nested) {
        to.addNestedType(message(nested));
      } else if (type instanceof EnumElement values) {
        to.addEnumType(enumeration(values));
      }
    }
    message.getGroups().forEach(group -> group(to, group, -1));
    for (OneOfElement oneOf : message.getOneOfs()) {
      int index = to.getOneofDeclCount();
      to.addOneofDecl(OneofDescriptorProto.newBuilder().setName(oneOf.getName()));
      oneOf.getFields().forEach(f -> to.addField(field(to, f).setOneofIndex(index)));
      oneOf.getGroups().forEach(group -> group(to, group, index));
    }
    fields(to, message.getFields());
    return to.build();
  }

  /** Of a message or group, once its oneofs are there: those of optional fields stand behind. */
  private void fields(DescriptorProto.Builder to, List<FieldElement> fields) {
    for (FieldElement element : fields) {
      FieldDescriptorProto.Builder field = field(to, element);
      if (proto3 && element.getLabel() == Field.Label.OPTIONAL) {
        field.setProto3Optional(true).setOneofIndex(to.getOneofDeclCount());
        to.addOneofDecl(OneofDescriptorProto.newBuilder().setName("_" + element.getName()));
      }
      to.addField(field);
    }
  }

  private FieldDescriptorProto.Builder field(DescriptorProto.Builder in, FieldElement element) {
    FieldDescriptorProto.Builder field =
        FieldDescriptorProto.newBuilder()
            .setName(element.getName())
            .setNumber(element.getTag())
            .setLabel(label(element.getLabel()));
    String type = element.getType();
    if (type.startsWith("map<")) {
      String entry = camelCase(element.getName()) + "Entry";
      in.addNestedType(entry(entry, type.substring("map<".length(), type.length() - 1)));
      return field.setLabel(Label.LABEL_REPEATED).setType(Type.TYPE_MESSAGE).setTypeName(entry);
    }
    return typed(field, type);
  }

  private static DescriptorProto entry(String name, String keyAndValue) {
    int comma = keyAndValue.indexOf(',');
    DescriptorProto.Builder entry =
        DescriptorProto.newBuilder()
            .setName(name)
            .setOptions(MessageOptions.newBuilder().setMapEntry(true));
    FieldDescriptorProto.Builder key =
        FieldDescriptorProto.newBuilder()
            .setName("key")
            .setNumber(1)
            .setLabel(Label.LABEL_OPTIONAL);
    FieldDescriptorProto.Builder value =
        FieldDescriptorProto.newBuilder()
            .setName("value")
            .setNumber(2)
            .setLabel(Label.LABEL_OPTIONAL);
    return entry
        .addField(typed(key, keyAndValue.substring(0, comma).strip()))
        .addField(typed(value, keyAndValue.substring(comma + 1).strip()))
        .build();
  }

  private static FieldDescriptorProto.Builder typed(
      FieldDescriptorProto.Builder field, String type) {
    Type scalar = SCALARS.get(type);
    // Whether a name is a message's or an enum's is found when files are linked.
    return scalar == null ? field.setTypeName(type) : field.setType(scalar);
  }

  /**
   * @param oneOf of which it is a member, or -1
   */
  private void group(DescriptorProto.Builder to, GroupElement group, int oneOf) {
    DescriptorProto.Builder type = DescriptorProto.newBuilder().setName(group.getName());
    fields(type, group.getFields());
    to.addNestedType(type);
    FieldDescriptorProto.Builder field =
        FieldDescriptorProto.newBuilder()
            .setName(group.getName().toLowerCase(Locale.ROOT))
            .setNumber(group.getTag())
            .setLabel(label(group.getLabel()))
            .setType(Type.TYPE_GROUP)
            .setTypeName(group.getName());
    if (oneOf >= 0) {
      field.setOneofIndex(oneOf);
    }
    to.addField(field);
  }

  private static Label label(Field.@Nullable Label label) {
    return label == Field.Label.REPEATED
        ? Label.LABEL_REPEATED
        : label == Field.Label.REQUIRED ? Label.LABEL_REQUIRED : Label.LABEL_OPTIONAL;
  }

  private static EnumDescriptorProto enumeration(EnumElement values) {
    EnumDescriptorProto.Builder to = EnumDescriptorProto.newBuilder().setName(values.getName());
    for (EnumConstantElement value : values.getConstants()) {
      to.addValueBuilder().setName(value.getName()).setNumber(value.getTag());
    }
    return to.build();
  }

  /** As protoc names the type of a map's entries: {@code by_country} is {@code ByCountry}. */
  private static String camelCase(String name) {
    StringBuilder camel = new StringBuilder();
    boolean upper = true;
    for (char c : name.toCharArray()) {
      if (c != '_') {
        camel.append(upper ? Character.toUpperCase(c) : c);
      }
      upper = c == '_';
    }
    return camel.toString();
  }
}
