package dev.counterweight.event;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.DynamicMessage;
import dev.counterweight.config.EventsConfig;
import dev.counterweight.config.JobConfigLoader;
import java.io.File;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.net.MalformedURLException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.function.IntFunction;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * The forms of event that {@link DecodeBenchmark} measures: 30 numbers and a label, flat, or nested
 * in six objects; records of Avro of which half the fields are needed; purchases.
 */
final class DecodeCases {
  /** The system property that names the classes of an earlier version. */
  static final String BEFORE = "counterweight.before";

  private static final int FEATURES = 30;
  private static final int OBJECTS = 6;
  static final List<String> CLASSES = List.of("0", "1");

  private static final Map<String, Supplier<DecodeCase>> ALL = new LinkedHashMap<>();

  static {
    ALL.put("json-flat", () -> today(EventFormat.JSON, flatNames(), DecodeCases::flatJson));
    ALL.put("json-nested", () -> today(EventFormat.JSON, nestedNames(), DecodeCases::nestedJson));
    ALL.put("csv", () -> today(EventFormat.CSV, flatNames(), DecodeCases::csv));
    ALL.put("float32", () -> today(EventFormat.FLOAT32, flatNames(), DecodeCases::float32));
    ALL.put("protobuf-flat", () -> protobuf(flatNames()));
    ALL.put("protobuf-nested", () -> protobuf(nestedNames()));
    ALL.put("avro-wide", () -> new WideAvro().projected());
    ALL.put("avro-wide-generic", () -> new WideAvro().generic());
    for (PurchaseFormat format : PurchaseFormat.values()) {
      String name = format.name().toLowerCase(Locale.ROOT).replace('_', '-');
      ALL.put("purchase-" + name, () -> purchases(format));
    }
  }

  private DecodeCases() {}

  static List<String> names() {
    return List.copyOf(ALL.keySet());
  }

  static DecodeCase of(String name) {
    if (name.equals("json-flat-before")) {
      return before();
    }
    Supplier<DecodeCase> found = ALL.get(name);
    if (found == null) {
      throw new IllegalArgumentException(name + ": must be one of " + names());
    }
    return found.get();
  }

  private static DecodeCase today(
      EventFormat format, List<String> names, IntFunction<byte[]> value) {
    return today(format, names, value, SchemaOrigin.NONE);
  }

  private static DecodeCase today(
      EventFormat format, List<String> names, IntFunction<byte[]> value, SchemaOrigin origin) {
    EventSchema schema = new EventSchema(names, "label", CLASSES, null, null);
    EventDecoder decoder = format.decoder(schema, Integer.MAX_VALUE, origin);
    return new Today(decoder, schema.columnCount(), events(value));
  }

  /** Plain messages of optional doubles, and of messages of them where names have a point. */
  private static DecodeCase protobuf(List<String> names) {
    List<String> objects =
        names.stream()
            .filter(name -> name.contains("."))
            .map(name -> name.split("\\.")[0])
            .distinct()
            .toList();
    String fields =
        IntStream.range(0, FEATURES)
            .mapToObj(i -> " optional double f%d = %d;".formatted(i, i + 1))
            .collect(Collectors.joining());
    String proto =
        "syntax = 'proto3'; message Event { optional string label = 50;%s } message O {%s }"
            .formatted(
                objects.isEmpty()
                    ? fields
                    : objects.stream()
                        .map(name -> " O %s = %d;".formatted(name, objects.indexOf(name) + 1))
                        .collect(Collectors.joining()),
                fields);
    SchemaOrigin.SchemaFile file =
        new SchemaOrigin.SchemaFile("bench", proto.getBytes(UTF_8), "Event");
    Descriptor type = ProtobufDecoder.message(file);
    return today(
        EventFormat.PROTOBUF, names, event -> message(type, objects, event), SchemaOrigin.of(file));
  }

  private static byte[] message(Descriptor type, List<String> objects, int event) {
    double[] numbers = numbers(event);
    DynamicMessage.Builder message = DynamicMessage.newBuilder(type);
    message.setField(type.findFieldByName("label"), CLASSES.get(event & 1));
    for (int i = 0; i < FEATURES; i++) {
      if (objects.isEmpty()) {
        message.setField(type.findFieldByName("f" + i), numbers[i]);
        continue;
      }
      FieldDescriptor object = type.findFieldByName("o" + i % OBJECTS);
      DynamicMessage.Builder inner = ((DynamicMessage) message.getField(object)).toBuilder();
      inner.setField(object.getMessageType().findFieldByName("f" + i), numbers[i]);
      message.setField(object, inner.build());
    }
    return message.build().toByteArray();
  }

  @SuppressWarnings("ArrayRecordComponent")
  record Today(EventDecoder decoder, int columnCount, RawEvent[] events) implements DecodeCase {
    @Override
    public Object head(int event) throws EventRejectedException {
      return decoder.head(events[event]);
    }

    @Override
    public void features(int event, float[] row) throws EventRejectedException {
      decoder.features(events[event], row, 0);
    }
  }

  private static DecodeCase purchases(PurchaseFormat format) {
    Map<String, String> settings =
        new HashMap<>(format.settings(false, Path.of(System.getProperty("java.io.tmpdir"))));
    settings.put("job", "benchmark");
    settings.put("bootstrap.servers", "unused:1");
    settings.put("instance.id", "one");
    settings.put("events.topic", "purchases");
    settings.put("checkpoint.dir", "unused");
    EventsConfig config = JobConfigLoader.load(settings).events();
    return new Today(
        config.decoder(format.registry()),
        config.schema().columnCount(),
        events(i -> format.write(Purchase.of(i))));
  }

  static RawEvent[] events(IntFunction<byte[]> value) {
    return IntStream.range(0, DecodeCase.EVENTS)
        .mapToObj(i -> RawEvent.of(value.apply(i), 1_700_000_000_000L))
        .toArray(RawEvent[]::new);
  }

  /** The decoder of the classes that are named by {@link #BEFORE}, which knew values alone. */
  @SuppressWarnings("unchecked")
  private static DecodeCase before() {
    try {
      String classes = System.getProperty(BEFORE, "");
      URL url = Path.of(classes + File.separator).toAbsolutePath().toUri().toURL();
      ClassLoader loader = new Earlier(url);
      String room = "dev.counterweight.event.";
      Class<?> schema = loader.loadClass(room + "EventSchema");
      Object described =
          schema
              .getConstructor(List.class, String.class, List.class, String.class, String.class)
              .newInstance(flatNames(), "label", CLASSES, null, null);
      Class<?> format = loader.loadClass(room + "EventFormat");
      Object json = Enum.valueOf(format.asSubclass(Enum.class), "JSON");
      Object decoder = format.getMethod("decoder", schema).invoke(json, described);
      Class<?> type = loader.loadClass(room + "EventDecoder");
      return new Before(
          decoder,
          type.getMethod("head", byte[].class, long.class),
          type.getMethod("features", byte[].class, float[].class, int.class),
          IntStream.range(0, DecodeCase.EVENTS)
              .mapToObj(DecodeCases::flatJson)
              .toArray(byte[][]::new));
    } catch (ReflectiveOperationException | MalformedURLException e) {
      throw new IllegalStateException("no decoder of an earlier version: -D" + BEFORE, e);
    }
  }

  /** Loads this project's classes from a folder, and all others as usual. */
  private static final class Earlier extends URLClassLoader {
    Earlier(URL classes) {
      super(new URL[] {classes}, DecodeCases.class.getClassLoader());
    }

    @Override
    protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
      if (!name.startsWith("dev.counterweight.")) {
        return super.loadClass(name, resolve);
      }
      synchronized (getClassLoadingLock(name)) {
        Class<?> loaded = findLoadedClass(name);
        return loaded == null ? findClass(name) : loaded;
      }
    }
  }

  @SuppressWarnings("ArrayRecordComponent")
  private record Before(Object decoder, Method head, Method features, byte[][] values)
      implements DecodeCase {
    Before {
      head.setAccessible(true);
      features.setAccessible(true);
    }

    @Override
    public int columnCount() {
      return FEATURES;
    }

    @Override
    public Object head(int event) throws IllegalAccessException, InvocationTargetException {
      return head.invoke(decoder, values[event], 1_700_000_000_000L);
    }

    @Override
    public void features(int event, float[] row)
        throws IllegalAccessException, InvocationTargetException {
      features.invoke(decoder, values[event], row, 0);
    }
  }

  static List<String> flatNames() {
    return IntStream.range(0, FEATURES).mapToObj(i -> "f" + i).toList();
  }

  private static List<String> nestedNames() {
    return IntStream.range(0, FEATURES).mapToObj(i -> "o" + i % OBJECTS + ".f" + i).toList();
  }

  static double[] numbers(int event) {
    return new Random(event).ints(FEATURES, 0, 1000).mapToDouble(i -> i / 1000.0).toArray();
  }

  private static byte[] flatJson(int event) {
    double[] numbers = numbers(event);
    String fields =
        IntStream.range(0, FEATURES)
            .mapToObj(i -> "\"f%d\":%s".formatted(i, numbers[i]))
            .collect(Collectors.joining(","));
    return "{%s,\"label\":%d}".formatted(fields, event & 1).getBytes(UTF_8);
  }

  private static byte[] nestedJson(int event) {
    double[] numbers = numbers(event);
    String objects =
        IntStream.range(0, OBJECTS)
            .mapToObj(
                object ->
                    IntStream.range(0, FEATURES)
                        .filter(i -> i % OBJECTS == object)
                        .mapToObj(i -> "\"f%d\":%s".formatted(i, numbers[i]))
                        .collect(Collectors.joining(",", "\"o" + object + "\":{", "}")))
            .collect(Collectors.joining(","));
    return "{%s,\"label\":%d}".formatted(objects, event & 1).getBytes(UTF_8);
  }

  private static byte[] csv(int event) {
    String numbers =
        Arrays.stream(numbers(event)).mapToObj(Double::toString).collect(Collectors.joining(","));
    return (numbers + "," + (event & 1)).getBytes(UTF_8);
  }

  private static byte[] float32(int event) {
    ByteBuffer bytes =
        ByteBuffer.allocate((FEATURES + 1) * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    for (double number : numbers(event)) {
      bytes.putFloat((float) number);
    }
    return bytes.putFloat(event & 1).array();
  }
}
