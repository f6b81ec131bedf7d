package dev.counterweight.event;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import org.apache.avro.Schema;
import org.apache.avro.SchemaBuilder;
import org.apache.avro.SchemaBuilder.FieldAssembler;
import org.apache.avro.generic.GenericDatumReader;
import org.apache.avro.generic.GenericDatumWriter;
import org.apache.avro.generic.GenericRecord;
import org.apache.avro.generic.GenericRecordBuilder;
import org.apache.avro.io.BinaryDecoder;
import org.apache.avro.io.BinaryEncoder;
import org.apache.avro.io.DecoderFactory;
import org.apache.avro.io.EncoderFactory;

/**
 * Records of 30 numbers that a job needs and a label, and between them 30 texts that it does not.
 */
final class WideAvro {
  private static final Schema SCHEMA = schema();

  private static Schema schema() {
    FieldAssembler<Schema> fields = SchemaBuilder.record("Wide").fields();
    for (String name : DecodeCases.flatNames()) {
      fields = fields.requiredDouble(name).requiredString("not_" + name);
    }
    return fields.requiredString("label").endRecord();
  }

  private static byte[] event(int event) {
    double[] numbers = DecodeCases.numbers(event);
    GenericRecordBuilder record = new GenericRecordBuilder(SCHEMA);
    List<String> names = DecodeCases.flatNames();
    for (int i = 0; i < numbers.length; i++) {
      record.set(names.get(i), numbers[i]).set("not_" + names.get(i), "text " + event);
    }
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    BinaryEncoder out = EncoderFactory.get().binaryEncoder(bytes, null);
    try {
      String label = DecodeCases.CLASSES.get(event & 1);
      new GenericDatumWriter<GenericRecord>(SCHEMA).write(record.set("label", label).build(), out);
      out.flush();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return bytes.toByteArray();
  }

  /** By the product's decoder. */
  DecodeCase projected() {
    EventSchema schema =
        new EventSchema(DecodeCases.flatNames(), "label", DecodeCases.CLASSES, null, null);
    SchemaOrigin origin =
        SchemaOrigin.of(
            new SchemaOrigin.SchemaFile("wide.avsc", SCHEMA.toString().getBytes(UTF_8), null));
    return new DecodeCases.Today(
        EventFormat.AVRO.decoder(schema, Integer.MAX_VALUE, origin),
        schema.columnCount(),
        DecodeCases.events(WideAvro::event));
  }

  /** As whole GenericRecords, which is what a consumer with a registry's deserializer gets. */
  DecodeCase generic() {
    GenericDatumReader<GenericRecord> reader = new GenericDatumReader<>(SCHEMA);
    int[] places =
        DecodeCases.flatNames().stream().mapToInt(f -> SCHEMA.getField(f).pos()).toArray();
    int label = SCHEMA.getField("label").pos();
    RawEvent[] events = DecodeCases.events(WideAvro::event);
    return new DecodeCase() {
      private BinaryDecoder in = DecoderFactory.get().binaryDecoder(new byte[0], null);

      @Override
      public Object head(int event) throws IOException {
        return DecodeCases.CLASSES.indexOf(record(event).get(label).toString());
      }

      @Override
      public void features(int event, float[] row) throws IOException {
        GenericRecord record = record(event);
        for (int i = 0; i < places.length; i++) {
          row[i] = ((Double) record.get(places[i])).floatValue();
        }
      }

      private GenericRecord record(int event) throws IOException {
        byte[] value = events[event].value();
        in = DecoderFactory.get().binaryDecoder(value == null ? new byte[0] : value, in);
        return reader.read(null, in);
      }

      @Override
      public int columnCount() {
        return places.length;
      }
    };
  }
}
