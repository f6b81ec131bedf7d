package dev.counterweight.event;

import static org.assertj.core.api.Assertions.assertThat;

import dev.counterweight.event.PlacedEvent.Place;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SplittableRandom;
import java.util.TreeMap;
import org.apache.avro.Schema;
import org.apache.avro.SchemaBuilder;
import org.apache.avro.generic.GenericData;
import org.apache.avro.generic.GenericDatumReader;
import org.apache.avro.generic.GenericDatumWriter;
import org.apache.avro.io.BinaryEncoder;
import org.apache.avro.io.DecoderFactory;
import org.apache.avro.io.EncoderFactory;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Events of any schema are read as Avro's own reader reads them. */
class AvroDifferentialTest {
  private static final int SCHEMAS = 300;
  private static final int EVENTS = 5;
  private static final int MUTANTS = 20;
  private static final String[] NAMES = {"a", "b", "c", "d"};

  private final SplittableRandom random = new SplittableRandom(20261129);
  private final AvroInput in = new AvroInput();
  private int named;

  @Test
  void everyPathLeadsToWhatAvrosReaderFinds() throws Exception {
    int found = 0;
    for (int s = 0; s < SCHEMAS; s++) {
      Schema schema = record(0);
      for (int e = 0; e < EVENTS; e++) {
        byte[] bytes = encode(schema, value(schema));
        found += compare(schema, bytes);
      }
    }
    assertThat(found).as("paths that led to something").isGreaterThan(2000);
  }

  @Test
  void aChangedByteIsReadAlikeOrMalformed() throws Exception {
    int accepted = 0;
    int rejected = 0;
    for (int s = 0; s < SCHEMAS; s++) {
      Schema schema = record(0);
      byte[] bytes = encode(schema, value(schema));
      for (int m = 0; m < MUTANTS && bytes.length > 0; m++) {
        byte[] mutant = bytes.clone();
        mutant[random.nextInt(mutant.length)] = (byte) random.nextInt(256);
        if (isRead(new AvroProjection(schema, null), mutant)) {
          compare(schema, mutant);
          accepted++;
        } else {
          rejected++;
        }
      }
    }
    assertThat(accepted).isGreaterThan(500);
    assertThat(rejected).isGreaterThan(500);
  }

  private boolean isRead(AvroProjection projection, byte[] bytes) {
    in.open(bytes, 0);
    try {
      projection.read(RawEvent.of(bytes, 0), in);
      return true;
    } catch (EventRejectedException e) {
      assertThat(e.reason()).isEqualTo(EventRejectedException.Reason.MALFORMED);
      return false;
    }
  }

  /** Looks for all paths at once; how many lead to a value. */
  private int compare(Schema schema, byte[] bytes) throws IOException {
    Object whole =
        new GenericDatumReader<>(schema)
            .read(null, DecoderFactory.get().binaryDecoder(bytes, null));
    Map<String, String> expected = new TreeMap<>();
    flatten("", whole, expected);
    AvroProjection projection = new AvroProjection(schema, null);
    Map<String, Place> places = new HashMap<>();
    expected.keySet().removeIf(path -> path.contains("\uFFFD")); // a key that is not UTF-8
    for (String path : expected.keySet()) {
      places.put(path, projection.add(FieldPath.parse(path), 0));
    }
    if (!isRead(projection, bytes)) {
      return 0; // a text that is not UTF-8 where it is looked for
    }
    expected.forEach(
        (path, value) ->
            assertThat(Objects.requireNonNull(places.get(path)).value().shown())
                .as("%s of %s in %s", path, whole, schema)
                .isEqualTo(value));
    return expected.size();
  }

  private static void flatten(String path, @Nullable Object value, Map<String, String> to) {
    if (value instanceof GenericData.Record record) {
      for (Schema.Field field : record.getSchema().getFields()) {
        flatten(
            path.isEmpty() ? field.name() : path + "." + field.name(), record.get(field.pos()), to);
      }
    } else if (value instanceof Map<?, ?> map) {
      map.forEach((key, entry) -> flatten(path + "." + key, entry, to));
    } else if (value instanceof List<?> list) {
      for (int i = 0; i < list.size(); i++) {
        flatten(path + "[" + i + "]", list.get(i), to);
      }
    } else if (value instanceof Float number) {
      to.put(path, FeatureRow.name(number));
    } else if (value instanceof Double number) {
      to.put(path, FeatureRow.name(number));
    } else if (value instanceof ByteBuffer) {
      to.put(path, "bytes");
    } else if (value instanceof GenericData.Fixed) {
      to.put(path, "fixed");
    } else {
      to.put(path, value == null ? "" : value.toString());
    }
  }

  private Schema record(int depth) {
    SchemaBuilder.FieldAssembler<Schema> fields = SchemaBuilder.record("R" + named++).fields();
    for (int f = random.nextInt(1, NAMES.length + 1); f > 0; f--) {
      fields.name(NAMES[f - 1]).type(type(depth + 1)).noDefault();
    }
    return fields.endRecord();
  }

  private Schema type(int depth) {
    int kind = random.nextInt(depth > 3 ? 10 : 14);
    return switch (kind) {
      case 0 -> Schema.create(Schema.Type.INT);
      case 1 -> Schema.create(Schema.Type.LONG);
      case 2 -> Schema.create(Schema.Type.FLOAT);
      case 3 -> Schema.create(Schema.Type.DOUBLE);
      case 4 -> Schema.create(Schema.Type.BOOLEAN);
      case 5 -> Schema.create(Schema.Type.STRING);
      case 6 -> Schema.create(Schema.Type.BYTES);
      case 7 -> Schema.createFixed("F" + named++, null, null, random.nextInt(1, 5));
      case 8 -> Schema.createEnum("E" + named++, null, null, List.of("x", "y", "z"));
      case 9 -> Schema.create(Schema.Type.NULL);
      case 10 -> record(depth);
      case 11 -> Schema.createArray(item(depth + 1));
      case 12 -> Schema.createMap(type(depth + 1));
      default ->
          Schema.createUnion(
              Schema.create(Schema.Type.NULL),
              record(depth),
              Schema.createArray(Schema.create(Schema.Type.INT)));
    };
  }

  /** Of those without a byte, Avro's reader makes as many as are said to be there. */
  private Schema item(int depth) {
    Schema item = type(depth);
    return takesNothing(item) ? Schema.create(Schema.Type.LONG) : item;
  }

  private static boolean takesNothing(Schema schema) {
    return schema.getType() == Schema.Type.NULL
        || (schema.getType() == Schema.Type.RECORD
            && schema.getFields().stream().allMatch(field -> takesNothing(field.schema())));
  }

  private @Nullable Object value(Schema schema) {
    return switch (schema.getType()) {
      case INT -> random.nextInt();
      case LONG -> random.nextLong();
      case FLOAT -> Float.intBitsToFloat(random.nextInt());
      case DOUBLE -> random.nextDouble(-1e6, 1e6);
      case BOOLEAN -> random.nextBoolean();
      case STRING -> "text é " + random.nextInt(100);
      case BYTES -> ByteBuffer.allocate(random.nextInt(5));
      case FIXED -> new GenericData.Fixed(schema, new byte[schema.getFixedSize()]);
      case ENUM ->
          new GenericData.EnumSymbol(schema, schema.getEnumSymbols().get(random.nextInt(3)));
      case NULL -> null;
      case RECORD -> {
        GenericData.Record record = new GenericData.Record(schema);
        schema.getFields().forEach(field -> record.put(field.pos(), value(field.schema())));
        yield record;
      }
      case ARRAY -> {
        List<@Nullable Object> list = new ArrayList<>();
        for (int i = random.nextInt(4); i > 0; i--) {
          list.add(value(schema.getElementType()));
        }
        yield list;
      }
      case MAP -> {
        Map<String, @Nullable Object> map = new HashMap<>();
        for (int i = random.nextInt(4); i > 0; i--) {
          map.put("k" + i, value(schema.getValueType()));
        }
        yield map;
      }
      case UNION -> value(schema.getTypes().get(random.nextInt(3)));
    };
  }

  private byte[] encode(Schema schema, @Nullable Object datum) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    EncoderFactory factory = EncoderFactory.get();
    // Blocks with their sizes in front, which readers may skip by, or without.
    BinaryEncoder out =
        random.nextBoolean()
            ? factory.binaryEncoder(bytes, null)
            : factory.blockingBinaryEncoder(bytes, null);
    new GenericDatumWriter<>(schema).write(datum, out);
    out.flush();
    return bytes.toByteArray();
  }
}
