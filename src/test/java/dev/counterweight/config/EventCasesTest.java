package dev.counterweight.config;

import static org.assertj.core.api.Assertions.assertThat;

import dev.counterweight.event.CaseFiles;
import dev.counterweight.event.EventDecoder;
import dev.counterweight.event.EventRejectedException;
import dev.counterweight.event.WriterSchemas;
import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Files that strangers sent, each with the settings of a job that reads it. */
class EventCasesTest {
  private static final long NOW_MS = 1_790_000_000_000L;

  @ParameterizedTest
  @CsvSource(
      delimiterString = "->",
      value = {
        "plain.jsonl -> events.start=earliest",
        "boolean.jsonl -> events.start=earliest",
        "number-as-string.jsonl -> events.start=earliest",
        "nested.jsonl -> feature.a.path=tx.a ; feature.b.path=tx.b",
        "debezium.jsonl -> events.envelope=debezium",
        "debezium.jsonl -> events.label=after.outcome ; feature.a.path=after.a ;"
            + " feature.b.path=after.b",
        "connect-envelope.jsonl -> events.envelope=connect",
        "null.jsonl -> feature.b.missing=mean",
        "null.jsonl -> events.missing=0",
        "nan.jsonl -> events.missing=mean",
        "label-float.jsonl -> events.classes=ok|0,fraud|1",
        "label-nfd.jsonl -> events.classes=ok,refus\u00e9|refuse\u0301",
        "seconds.jsonl -> events.time=ts ; events.time.unit=s",
        "seconds.jsonl -> feature.b.path=ts ; feature.b.type=time ; feature.b.unit=s",
        "time-basic-offset.jsonl -> events.time=ts",
        "wire-format-one-record.bin -> events.schema.frame=confluent",
        "label-first-binary.csv -> events.format=csv ; events.columns=outcome,a,b ;"
            + " events.classes=ok|0,fraud|1",
        "label-first-binary.csv -> events.format=csv ; events.columns=outcome,a,b ;"
            + " events.classes=0,1 ; feature.b.type=category",
        "adult-style.csv -> events.format=csv ; events.classes=<=50K,>50K",
      })
  void isReadWhole(String file, String settings) throws IOException {
    assertThat(rejected(file, settings.split(" ; "))).isEmpty();
  }

  @Test
  void eventsWithoutALabelArePassedOverWhereThatIsAskedFor() throws IOException {
    assertThat(rejected("unlabelled.jsonl", "events.unlabelled=skip"))
        .isNotEmpty()
        .allMatch(e -> e.reason() == EventRejectedException.Reason.UNLABELLED);
    assertThat(rejected("unlabelled.jsonl", "events.unlabelled=dead-letter"))
        .isNotEmpty()
        .allMatch(e -> e.reason() == EventRejectedException.Reason.MISSING_LABEL);
  }

  private static List<EventRejectedException> rejected(String file, String... settings)
      throws IOException {
    EventsConfig events =
        new SmallJob("events.label=outcome", "events.features=a,b").load(settings).events();
    EventDecoder decoder = events.decoder(WriterSchemas.NONE);
    List<byte[]> records = CaseFiles.records(file);
    assertThat(records).isNotEmpty();
    return CaseFiles.rejected(records, decoder, events.schema().columnCount(), NOW_MS);
  }
}
