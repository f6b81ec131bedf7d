package dev.counterweight.event;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.json.JsonReadFeature;
import com.fasterxml.jackson.core.json.JsonWriteFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.google.protobuf.CodedInputStream;
import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.DynamicMessage;
import de.siegmar.fastcsv.reader.CsvReader;
import de.siegmar.fastcsv.reader.CsvRecord;
import de.siegmar.fastcsv.writer.CsvWriter;
import de.siegmar.fastcsv.writer.QuoteStrategies;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.avro.Schema.Parser;
import org.apache.avro.generic.GenericData;
import org.apache.avro.generic.GenericData.Record;
import org.apache.avro.generic.GenericDatumReader;
import org.apache.avro.generic.GenericDatumWriter;
import org.apache.avro.io.BinaryDecoder;
import org.apache.avro.io.BinaryEncoder;
import org.apache.avro.io.DecoderFactory;
import org.apache.avro.io.EncoderFactory;
import org.jspecify.annotations.Nullable;

/**
 * The forms in which a {@link Purchase} is written, each by the format's own library, and what a
 * job must say to read them. Format float32 is none of them: it has no room for words, nulls and
 * times.
 */
public enum PurchaseFormat {
  JSON("json", false),
  JSON_FRAMED("json", true),
  CSV("csv", false),
  AVRO("avro", false),
  AVRO_FRAMED("avro", true),
  PROTOBUF("protobuf", false),
  PROTOBUF_FRAMED("protobuf", true);

  /** What a frame names. */
  static final int SCHEMA_ID = 7;

  static final org.apache.avro.Schema AVRO_SCHEMA = new Parser().parse(avroText());
  static final Descriptor MESSAGE =
      ProtobufSchema.ofText(protoText(), name -> Optional.empty()).message("shop.Purchase");

  private static final ObjectMapper MAPPER =
      JsonMapper.builder()
          .enable(JsonReadFeature.ALLOW_NON_NUMERIC_NUMBERS)
          .disable(JsonWriteFeature.WRITE_NAN_AS_STRINGS)
          .build();

  private final String format;
  private final boolean framed;

  PurchaseFormat(String format, boolean framed) {
    this.format = format;
    this.framed = framed;
  }

  /** Whether it can hold an array. */
  public boolean hasTags() {
    return this != CSV;
  }

  /** The registry's answer for {@link #SCHEMA_ID}. */
  public WriterSchemas registry() {
    return id -> {
      if (!id.equals(new SchemaId.Number(SCHEMA_ID))) {
        throw new EventRejectedException(
            EventRejectedException.Reason.UNKNOWN_SCHEMA, "no schema of " + id);
      }
      return switch (format) {
        case "avro" -> new RegisteredSchema("AVRO", avroText(), Map.of());
        case "protobuf" -> new RegisteredSchema("PROTOBUF", protoText(), Map.of());
        default -> new RegisteredSchema("JSON", "{}", Map.of());
      };
    };
  }

  /**
   * What a job says of these events.
   *
   * @param tags whether the array is a feature
   * @param folder for a file with the schema, where one is needed
   */
  public Map<String, String> settings(boolean tags, Path folder) {
    Map<String, String> settings = new LinkedHashMap<>(features());
    if (tags) {
      settings.merge("events.features", "tags", (features, tag) -> features + "," + tag);
      settings.put("feature.tags.type", "categories");
      settings.put("feature.tags.items", "3");
      settings.put("feature.tags.missing", "mean");
    }
    settings.put("events.format", format);
    if (this == CSV) {
      settings.put(
          "events.columns",
          "payment.amount,customer.age,score,card.country,card.merchant,channel,card.present,note,"
              + "at,w,outcome.label");
    }
    if (framed) {
      settings.put("events.schema.registry", "http://localhost:1");
    } else if (format.equals("avro")) {
      settings.put("events.schema.file", file(folder, "purchase.avsc", avroText()));
    } else if (format.equals("protobuf")) {
      settings.put("events.schema.file", file(folder, "purchase.proto", protoText()));
      settings.put("events.schema.message", "shop.Purchase");
    }
    return settings;
  }

  private static Map<String, String> features() {
    Map<String, String> settings = new LinkedHashMap<>();
    settings.put("events.features", "amount,age,score,country,merchant,channel,present,at");
    settings.put("feature.amount.path", "payment.amount");
    settings.put("feature.amount.missing", "mean");
    settings.put("feature.age.path", "customer.age");
    settings.put("feature.age.missing", "40");
    settings.put("feature.country.path", "card.country");
    settings.put("feature.country.type", "category");
    settings.put("feature.merchant.path", "card.merchant");
    settings.put("feature.merchant.type", "category");
    settings.put("feature.merchant.buckets", "512");
    settings.put("feature.channel.type", "category");
    settings.put("feature.channel.buckets", "8");
    settings.put("feature.channel.missing", "mean");
    settings.put("feature.present.path", "card.present");
    settings.put("feature.present.type", "category");
    settings.put("feature.present.buckets", "4");
    settings.put("feature.at.type", "time");
    settings.put("events.label", "outcome.label");
    settings.put("events.classes", "ok,fraud");
    settings.put("events.time", "at");
    settings.put("events.importance", "w");
    settings.put("events.zone", "Europe/Lisbon");
    return settings;
  }

  private static String file(Path folder, String name, String text) {
    try {
      return Files.writeString(folder.resolve(name), text).toString();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** An event's value. */
  public byte[] write(Purchase purchase) {
    return frame(
        switch (format) {
          case "json" -> json(purchase);
          case "csv" -> csv(purchase);
          case "avro" -> avro(avroRecord(purchase));
          default -> protobuf(purchase).toByteArray();
        });
  }

  /** A value behind its frame, if it has one. */
  byte[] frame(byte[] plain) {
    if (!framed) {
      return plain;
    }
    // Protobuf's message index: 0 stands for the path [0].
    int indexes = format.equals("protobuf") ? 1 : 0;
    ByteBuffer bytes = ByteBuffer.allocate(5 + indexes + plain.length).put((byte) 0);
    return bytes.putInt(SCHEMA_ID).position(5 + indexes).put(plain).array();
  }

  /** Whether its decoder holds all of a value to be well-formed, not what it needs alone. */
  boolean readsAll() {
    return format.equals("json") || format.equals("csv");
  }

  /**
   * A value as the format's own library reads and writes it; empty if the library cannot read it.
   */
  Optional<byte[]> rewritten(byte[] value) {
    try {
      byte[] plain = framed ? unframed(value) : value;
      return Optional.of(
          frame(
              switch (format) {
                case "json" -> MAPPER.writeValueAsBytes(MAPPER.readTree(plain));
                case "csv" -> csvAgain(plain);
                case "avro" -> avroAgain(plain);
                default -> DynamicMessage.parseFrom(MESSAGE, plain).toByteArray();
              }));
    } catch (IOException | RuntimeException e) {
      return Optional.empty();
    }
  }

  /**
   * Whether an event that can be read has a field twice in one JSON object: libraries differ in
   * what that means (RFC 8259, 4); here the last value that stands at a path counts.
   */
  boolean ambiguous(byte[] value) {
    if (!format.equals("json")) {
      return false;
    }
    try {
      MAPPER
          .reader()
          .with(JsonParser.Feature.STRICT_DUPLICATE_DETECTION)
          .readTree(framed ? unframed(value) : value);
      return false;
    } catch (IOException e) {
      return rewritten(value).isPresent();
    }
  }

  private byte[] unframed(byte[] value) throws IOException {
    if (!format.equals("protobuf")) {
      return Arrays.copyOfRange(value, 5, value.length);
    }
    CodedInputStream in = CodedInputStream.newInstance(value, 5, value.length - 5);
    int count = in.readSInt32();
    for (int i = 0; i < count; i++) {
      if (in.readSInt32() != 0) {
        throw new IOException("another message");
      }
    }
    return Arrays.copyOfRange(value, 5 + in.getTotalBytesRead(), value.length);
  }

  private static byte[] csvAgain(byte[] plain) throws IOException {
    StringWriter text = new StringWriter();
    try (CsvReader<CsvRecord> in = CsvReader.builder().ofCsvRecord(new String(plain, UTF_8));
        CsvWriter out = CsvWriter.builder().quoteStrategy(QuoteStrategies.ALWAYS).build(text)) {
      out.writeRecord(in.iterator().next().getFields());
    }
    return text.toString().getBytes(UTF_8);
  }

  private static byte[] avroAgain(byte[] plain) throws IOException {
    BinaryDecoder in = DecoderFactory.get().binaryDecoder(plain, null);
    return avro(new GenericDatumReader<Record>(AVRO_SCHEMA).read(null, in));
  }

  private static byte[] json(Purchase purchase) {
    ObjectNode root = MAPPER.createObjectNode();
    root.putObject("payment").put("amount", purchase.amount());
    ObjectNode customer = root.putObject("customer");
    if (purchase.age() != null) {
      customer.put("age", purchase.age());
    }
    root.putObject("card")
        .put("country", purchase.country())
        .put("merchant", purchase.merchant())
        .put("present", purchase.present());
    root.put("channel", purchase.channel()).put("score", purchase.score());
    root.put("at", purchase.atMs()).put("w", purchase.importance()).put("note", "n/a");
    root.putObject("outcome").put("label", purchase.label());
    purchase.tags().forEach(root.putArray("tags")::add);
    try {
      return MAPPER.writeValueAsBytes(root);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException(e);
    }
  }

  private static byte[] csv(Purchase purchase) {
    List<?> fields =
        Arrays.asList(
            purchase.amount(),
            purchase.age(),
            purchase.score(),
            purchase.country(),
            purchase.merchant(),
            purchase.channel(),
            purchase.present(),
            "\"n/a, or none\"",
            purchase.atMs(),
            purchase.importance(),
            purchase.label());
    StringBuilder row = new StringBuilder();
    fields.forEach(field -> row.append(field == null ? "" : field).append(','));
    return row.substring(0, row.length() - 1).getBytes(UTF_8);
  }

  private static byte[] avro(Record record) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    BinaryEncoder out = EncoderFactory.get().binaryEncoder(bytes, null);
    try {
      new GenericDatumWriter<Record>(AVRO_SCHEMA).write(record, out);
      out.flush();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return bytes.toByteArray();
  }

  private static Record avroRecord(Purchase purchase) {
    Record root = new Record(AVRO_SCHEMA);
    root.put("payment", nested(root, "payment", "amount", purchase.amount()));
    root.put("customer", nested(root, "customer", "age", purchase.age()));
    Record card = nested(root, "card", "country", purchase.country());
    card.put("merchant", purchase.merchant());
    card.put("present", purchase.present());
    root.put("card", card);
    if (purchase.channel() != null) {
      org.apache.avro.Schema channel = AVRO_SCHEMA.getField("channel").schema().getTypes().get(1);
      root.put("channel", new GenericData.EnumSymbol(channel, purchase.channel()));
    }
    root.put("score", purchase.score());
    root.put("at", purchase.atMs());
    root.put("w", purchase.importance());
    root.put("note", "n/a");
    root.put("outcome", nested(root, "outcome", "label", purchase.label()));
    root.put("tags", purchase.tags());
    return root;
  }

  private static Record nested(Record root, String name, String field, @Nullable Object value) {
    Record record = new Record(root.getSchema().getField(name).schema());
    record.put(field, value);
    return record;
  }

  private static DynamicMessage protobuf(Purchase purchase) {
    DynamicMessage.Builder root = DynamicMessage.newBuilder(MESSAGE);
    put(root, "payment", Map.of("amount", Optional.ofNullable(purchase.amount())));
    put(root, "customer", Map.of("age", Optional.ofNullable(purchase.age())));
    put(
        root,
        "card",
        Map.of(
            "country", Optional.of(purchase.country()),
            "merchant", Optional.of(purchase.merchant()),
            "present", Optional.of(purchase.present())));
    if (purchase.channel() != null) {
      var channel = MESSAGE.findFieldByName("channel");
      root.setField(channel, channel.getEnumType().findValueByName(purchase.channel()));
    }
    root.setField(MESSAGE.findFieldByName("score"), purchase.score());
    root.setField(MESSAGE.findFieldByName("at"), purchase.atMs());
    root.setField(MESSAGE.findFieldByName("w"), purchase.importance());
    root.setField(MESSAGE.findFieldByName("note"), "n/a");
    put(root, "outcome", Map.of("label", Optional.of(purchase.label())));
    root.setField(MESSAGE.findFieldByName("tags"), purchase.tags());
    return root.build();
  }

  private static void put(
      DynamicMessage.Builder root, String name, Map<String, Optional<?>> fields) {
    var field = MESSAGE.findFieldByName(name);
    DynamicMessage.Builder message = DynamicMessage.newBuilder(field.getMessageType());
    fields.forEach(
        (of, value) ->
            value.ifPresent(
                there -> message.setField(field.getMessageType().findFieldByName(of), there)));
    root.setField(field, message.build());
  }

  private static String avroText() {
    return """
    {"type": "record", "name": "Purchase", "namespace": "shop", "fields": [
      {"name": "note", "type": "string"},
      {"name": "payment", "type": {"type": "record", "name": "Payment", "fields": [
        {"name": "amount", "type": ["null", "double"]}]}},
      {"name": "customer", "type": {"type": "record", "name": "Customer", "fields": [
        {"name": "age", "type": ["null", "int"]}]}},
      {"name": "tags", "type": {"type": "array", "items": "string"}},
      {"name": "card", "type": {"type": "record", "name": "Card", "fields": [
        {"name": "country", "type": "string"},
        {"name": "merchant", "type": "int"},
        {"name": "present", "type": "boolean"}]}},
      {"name": "channel", "type": ["null", {"type": "enum", "name": "Channel",
        "symbols": ["WEB", "SHOP", "POST"]}]},
      {"name": "score", "type": "double"},
      {"name": "at", "type": {"type": "long", "logicalType": "timestamp-millis"}},
      {"name": "w", "type": "double"},
      {"name": "outcome", "type": {"type": "record", "name": "Outcome", "fields": [
        {"name": "label", "type": "string"}]}}]}
    """;
  }

  private static String protoText() {
    return """
    syntax = "proto3";
    package shop;
    message Purchase {
      Payment payment = 1;
      Customer customer = 2;
      Card card = 3;
      optional Channel channel = 4;
      double score = 5;
      int64 at = 6;
      double w = 7;
      string note = 8;
      Outcome outcome = 9;
      repeated string tags = 10;
    }
    message Payment { optional double amount = 1; }
    message Customer { optional int32 age = 1; }
    message Card { string country = 1; int32 merchant = 2; bool present = 3; }
    message Outcome { string label = 1; }
    enum Channel { WEB = 0; SHOP = 1; POST = 2; }
    """;
  }
}
