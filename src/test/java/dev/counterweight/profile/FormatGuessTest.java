package dev.counterweight.profile;

import static org.assertj.core.api.Assertions.assertThat;

import dev.counterweight.event.EventSchema.Envelope;
import dev.counterweight.event.RawEvent;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import java.util.function.IntFunction;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class FormatGuessTest {
  @Test
  void jsonAndItsEnvelopesAreTold() {
    assertThat(json(i -> "{'a':1}")).isEqualTo(Envelope.NONE);
    assertThat(json(i -> "{'schema':{},'payload':{'a':1}}")).isEqualTo(Envelope.CONNECT);
    assertThat(json(i -> "{'before':null,'after':{'a':1},'op':'c'}")).isEqualTo(Envelope.DEBEZIUM);
    assertThat(json(i -> "{'schema':{},'payload':{'before':null,'after':{'a':1},'op':'c'}}"))
        .isEqualTo(Envelope.DEBEZIUM);
  }

  @Test
  void theDeletionOfARowHasNoFields() {
    List<RawEvent> values =
        Samples.of(
            i -> "{'before':{'a':1},'after':%s,'op':'d'}".formatted(i > 0 ? "{'a':2}" : null));

    assertThat(Samples.profile(values).events()).isEqualTo(Samples.EVENTS - 1);
  }

  @Test
  void framesOfARegistryAreTold() {
    List<RawEvent> framed = Samples.of(i -> "\0\0\0\0\7{'a':1}");
    TopicFormat json = FormatGuess.of(framed);

    assertThat(json).isEqualTo(new TopicFormat.Json(Envelope.NONE, true));
    assertThat(json.read(framed.get(0))).isPresent();
    assertThat(FormatGuess.of(Samples.of(i -> "\0\0\0\0\7\2abc")))
        .isInstanceOf(TopicFormat.Framed.class);
  }

  @Test
  void columnsOfCsvAreCountedAndNamedWhereARecordNamesThem() {
    assertThat(csv(i -> "1.5, x,%d".formatted(i)).columns()).containsExactly("c1", "c2", "c3");
    CsvValues named = csv(i -> i == 0 ? "age,name,y" : "%d,'a,b',0".formatted(i));
    assertThat(named.columns()).containsExactly("age", "name", "y");
    assertThat(csv(i -> i == 7 ? "age,${env:HOME},y" : "%d,x,%d".formatted(i, i % 2)).columns())
        .as("not what a configuration would read as a reference")
        .containsExactly("age", "c2", "y");
    assertThat(named.read("age,name,y")).isEmpty();
  }

  @Test
  void whatSeparatesFieldsOtherThanCommasIsSaid() {
    assertThat(unknown(i -> "0,98;-1,39;ok")).contains("separated by ';'");
    assertThat(unknown(i -> "0.98\t-1.39\tok")).contains("separated by tabs");
  }

  @Test
  void whatIsNoEventIsSaid() {
    assertThat(unknown(i -> "'{\\'a\\':1}'")).contains("encoded twice");
    assertThat(unknown(i -> "[1,2]")).contains("JSON array");
    assertThat(unknown(i -> "hello")).contains("neither JSON objects nor rows of CSV");
    assertThat(unknown(i -> "\1\2\3")).contains("neither text, nor framed");
  }

  @Test
  void floatsAreToldAlsoWhereSomeAreMissing() {
    List<RawEvent> values =
        IntStream.range(0, 50)
            .mapToObj(
                i ->
                    ByteBuffer.allocate(12)
                        .order(ByteOrder.LITTLE_ENDIAN)
                        .putFloat(i % 5 == 0 ? 0 : i / 7f)
                        .putFloat(i % 3 == 0 ? Float.NaN : -i)
                        .putFloat(i % 2)
                        .array())
            .map(value -> RawEvent.of(value, 1))
            .toList();
    TopicFormat format = FormatGuess.of(values);

    assertThat(format).isEqualTo(new TopicFormat.Float32(3));
    assertThat(Samples.profile(values).fields()).containsOnlyKeys("f1", "f2", "label");
  }

  private static Envelope json(IntFunction<String> event) {
    return ((TopicFormat.Json) FormatGuess.of(Samples.of(event))).envelope();
  }

  private static CsvValues csv(IntFunction<String> row) {
    return ((TopicFormat.Csv) FormatGuess.of(Samples.of(row))).rows();
  }

  private static String unknown(IntFunction<String> value) {
    return ((TopicFormat.Unknown) FormatGuess.of(Samples.of(value))).why();
  }
}
