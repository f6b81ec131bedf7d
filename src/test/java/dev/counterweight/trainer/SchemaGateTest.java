package dev.counterweight.trainer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import dev.counterweight.batch.MiniBatch;
import dev.counterweight.config.SamplerConfig.Mismatch;
import dev.counterweight.event.Schema;
import dev.counterweight.protocol.FailureException;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

class SchemaGateTest {
  private static final Schema OWN =
      Schema.ofNumbers(List.of("w", "x", "y", "z"), "class", List.of("a", "b", "c"));
  private static final Schema MOVED =
      Schema.ofNumbers(List.of("x", "w", "y", "z"), "class", List.of("a", "b", "c"));
  private static final Schema RENAMED =
      Schema.ofNumbers(OWN.features(), "class", List.of("b", "a", "c"));
  private static final Schema LONGER =
      Schema.ofNumbers(List.of("w", "x", "y", "z", "v"), "class", List.of("a", "b", "c"));

  private final Logger logger = (Logger) LoggerFactory.getLogger(SchemaGate.class);
  private final ListAppender<ILoggingEvent> told = new ListAppender<>();

  @BeforeEach
  void listen() {
    told.start();
    logger.addAppender(told);
  }

  @AfterEach
  void leave() {
    logger.detachAppender(told);
  }

  @Test
  void recordsOfTheSameSchemaPass() {
    SchemaGate gate = new SchemaGate(OWN, Mismatch.FAIL, "j.batches");

    assertThat(gate.admits(0, batch(OWN))).isTrue();
    assertThat(messages()).isEmpty();
  }

  @Test
  void recordsOfColumnsOrClassesInAnotherOrderStopTraining() {
    SchemaGate gate = new SchemaGate(OWN, Mismatch.FAIL, "j.batches");

    for (Schema other : List.of(MOVED, RENAMED)) {
      assertThatThrownBy(() -> gate.admits(7, batch(other)))
          .isInstanceOf(FailureException.class)
          .hasMessageContaining("offset 7 of topic 'j.batches'")
          .hasMessageContaining(String.join(",", other.features()))
          .hasMessageContaining(String.join(",", other.classes()))
          .hasMessageContaining("configured are events.features=w,x,y,z")
          .hasMessageContaining("batches.mismatch=skip");
    }
  }

  @Test
  void byDecisionTheyArePassedOverAndEachRunOfOffsetsIsTold() {
    SchemaGate gate = new SchemaGate(OWN, Mismatch.SKIP, "j.batches");

    assertThat(gate.admits(3, batch(MOVED))).isFalse();
    assertThat(gate.admits(5, batch(MOVED))).isFalse();
    assertThat(messages()).isEmpty();
    assertThat(gate.admits(7, batch(OWN))).isTrue();
    assertThat(messages())
        .singleElement()
        .asString()
        .startsWith("offsets 3 to 5 of topic 'j.batches', 2 batch records, are of another schema");

    assertThat(gate.admits(8, batch(RENAMED))).isFalse();
    gate.tell();
    gate.tell();
    assertThat(messages()).hasSize(2).element(1).asString().startsWith("offsets 8 to 8 of");
  }

  @Test
  void recordsFromBeforeAClassWasAddedPass() {
    SchemaGate gate = new SchemaGate(grown(), Mismatch.FAIL, "j.batches");

    assertThat(gate.admits(0, batch(OWN))).isTrue();
    assertThat(messages()).isEmpty();
  }

  /** Or an instance that is still to be restarted would lead training past them. */
  @Test
  void recordsOfMoreClassesAreNeverPassedOver() {
    SchemaGate gate = new SchemaGate(OWN, Mismatch.SKIP, "j.batches");

    assertThatThrownBy(() -> gate.admits(7, batch(grown())))
        .isInstanceOf(FailureException.class)
        .hasMessageContaining("offset 7 of topic 'j.batches'")
        .hasMessageContaining("a,b,c,late")
        .hasMessageContaining("classes were added at the end of events.classes");
  }

  private static Schema grown() {
    return Schema.ofNumbers(OWN.features(), "class", List.of("a", "b", "c", "late"));
  }

  @Test
  void recordsOfOlderReleasesPassByTheNumbersOfFeaturesAndClasses() {
    SchemaGate gate = new SchemaGate(OWN, Mismatch.SKIP, "j.batches");

    assertThat(gate.admits(0, batch(null))).isTrue();
    assertThat(gate.admits(1, batch(null))).isTrue();
    assertThat(messages()).singleElement().asString().contains("offset 0", "bears no schema");

    SchemaGate longer = new SchemaGate(LONGER, Mismatch.FAIL, "j.batches");
    assertThatThrownBy(() -> longer.admits(0, batch(null)))
        .hasMessageContaining(
            "it tells none, has 3 classes and rows of 4 features; configured are 3 and 5");
  }

  private List<String> messages() {
    return told.list.stream().map(ILoggingEvent::getFormattedMessage).toList();
  }

  private static MiniBatch batch(@Nullable Schema schema) {
    return TrainerJob.of(schema, TrainerJob.batch(0));
  }
}
