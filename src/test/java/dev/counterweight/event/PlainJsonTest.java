package dev.counterweight.event;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What is read without a parser is what the parser reads. Objects in quotes of one stroke. */
class PlainJsonTest {
  private static final int SPOILT = Integer.getInteger("counterweight.fuzz", 50_000);
  private static final List<String> OBJECTS =
      List.of(
          "{'l':'ok','t':1790000000000,'more':'AbC+/9=='}",
          "{ 'a' : [ 1, -2.5e-3, {'l': 'no', 'b': []} ] ,\n 't':-0 , 'l' : true }\r\n",
          "{'l':null,'x':{'t':5,'y':[true,false,null]},'t':'2026-09-21T13:00:00Z'}",
          "{'':0,'tt':1,'t':123456789012345678,'l':7}",
          "{'l':-0.25,'t':1e3,'more':[0.1,-7E+5]}",
          "{'l':0.1234567890123456789,'t':1.7976931348623159e308}",
          "{'l':-0.0,'t':4.9e-324}",
          "{}");

  /** {field: what is there}, in words. */
  private static final class Seen extends TreeMap<String, String> {
    private static final long serialVersionUID = 1L;

    PlainJson.Sink plain(String field) {
      return found -> put(field, found.token() + " " + found.text() + " " + found.number());
    }

    JsonPaths.Sink parsed(String field) {
      return new JsonPaths.Sink() {
        @Override
        public void value(JsonParser in, JsonToken token) throws IOException {
          double number = token.isNumeric() ? in.getDoubleValue() : 0;
          put(field, token + " " + in.getText() + " " + number);
        }
      };
    }
  }

  private final Seen plainly = new Seen();
  private final Seen parsed = new Seen();
  private final PlainJson plain = new PlainJson();
  private final JsonPaths paths = new JsonPaths();
  private final JsonPaths.Node top = new JsonPaths.Node();
  private final JsonText text = new JsonText(false);

  PlainJsonTest() {
    for (String field : List.of("l", "t")) {
      plain.add(field, plainly.plain(field));
      paths.add(top, FieldPath.parse(field), parsed.parsed(field));
    }
  }

  private static byte[] bytes(String object) {
    return object.replace('\'', '"').getBytes(UTF_8);
  }

  private Map<String, String> parsed(byte[] value) throws IOException, EventRejectedException {
    parsed.clear();
    try (JsonParser in = text.open(RawEvent.of(value, 1), value)) {
      paths.read(in, top);
      assertThat(in.nextToken()).isNull();
    }
    return parsed;
  }

  @Test
  void usualObjectsAreReadAsTheParserReadsThem() throws Exception {
    for (String object : OBJECTS) {
      plainly.clear();
      assertThat(plain.read(bytes(object))).as(object).isTrue();
      assertThat(plainly).as(object).isEqualTo(parsed(bytes(object)));
    }
  }

  @Test
  void whatIsReadOfSpoiltObjectsIsWhatTheParserReads() throws Exception {
    Mutations mutations = new Mutations(20);
    int read = 0;
    for (int i = 0; i < SPOILT; i++) {
      byte[] value =
          mutations.spoil(
              bytes(OBJECTS.get(i % OBJECTS.size())), bytes(OBJECTS.get(i / 7 % OBJECTS.size())));
      plainly.clear();
      if (plain.read(value)) {
        read++;
        assertThat(plainly).as(new String(value, UTF_8)).isEqualTo(parsed(value));
      } else {
        assertThat(plainly).isEmpty();
      }
    }
    assertThat(read).isBetween(SPOILT / 50, SPOILT * 9 / 10);
  }

  /** Objects of one producer: members that are numbers stand where they stood before. */
  @Test
  void membersPassedOverAreThoseThatTheParserPassesOver() throws Exception {
    Mutations mutations = new Mutations(21);
    SplittableRandom random = new SplittableRandom(22);
    byte[] other = bytes(OBJECTS.get(0));
    int read = 0;
    for (int i = 0; i < SPOILT; i++) {
      byte[] whole = bytes(ofProducer(random, i / 1_000));
      byte[] value = random.nextInt(3) == 0 ? mutations.spoil(whole, other) : whole;
      plainly.clear();
      if (plain.read(value)) {
        read++;
        assertThat(plainly).as(new String(value, UTF_8)).isEqualTo(parsed(value));
      } else {
        assertThat(plainly).isEmpty();
      }
      other = whole;
    }
    assertThat(read).isBetween(SPOILT / 2, SPOILT * 19 / 20);
  }

  private static String ofProducer(SplittableRandom random, int producer) {
    SplittableRandom habits = new SplittableRandom(producer);
    String colon = habits.nextBoolean() ? ": " : ":";
    String comma = habits.nextBoolean() ? ", " : ",";
    int label = habits.nextInt(12);
    StringBuilder text = new StringBuilder("{");
    for (int f = 0; f < 12; f++) {
      String name = f == label ? "l" : "f" + "0".repeat(habits.nextInt(40)) + f;
      text.append('\'').append(name).append('\'').append(colon);
      text.append(number(random)).append(f < 11 ? comma : "}");
    }
    return text.toString();
  }

  private static String number(SplittableRandom random) {
    double value = random.nextDouble(-2, 2) * Math.pow(10, random.nextInt(9));
    return switch (random.nextInt(40)) {
      case 0 -> Double.toString(value * 1e20);
      case 1 -> "null";
      case 2 -> "0";
      case 3, 4, 5 -> Double.toString(value);
      case 6, 7 -> Long.toString((long) value);
      default -> String.format(Locale.ROOT, "%.4f", value);
    };
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{'l':'\\u0041'}",
        "{'l':'é'}",
        "{'l':'a\tb'}",
        "{'l':1234567890123456789}",
        "{'l':1,'l':1}",
        "{'l':{}}",
        "{'l':[1]}",
        "{'l':NaN}",
        "{'l':01}",
        "{'l':1.}",
        "{'l':1",
        "{'l':1}}",
        "{'l':1} 2",
        "{'l':1,}",
        "{'l' 1}",
        "{l:1}",
        "{'a':truely}",
        "{'a':[1,]}",
        "[]",
        "",
      })
  void anythingElseIsLeftToTheParser(String object) throws Exception {
    assertThat(plain.read(bytes(object))).isFalse();
    assertThat(plainly).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(ints = {30, 40, 5_000})
  void depthIsBounded(int depth) throws Exception {
    assertThat(plain.read(bytes("{'a':" + "[".repeat(depth) + "]".repeat(depth) + "}")))
        .isEqualTo(depth < 32);
  }

  @Test
  void longValuesAreLeftToTheParser() throws Exception {
    assertThat(plain.read(bytes("{'a':'" + "x".repeat(50_000) + "'}"))).isFalse();
  }
}
