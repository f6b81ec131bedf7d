package dev.counterweight.weights;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.counterweight.event.Schema;
import dev.counterweight.protocol.InvariantException;
import dev.counterweight.protocol.StreamIdentity;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;

class SnapshotTest {
  private static final SortedMap<Integer, Long> FROM = new TreeMap<>(Map.of(0, 10L, 1, 0L));
  private static final Snapshot BEFORE = snapshot(7, 18, 5, 20, 15, FROM, List.of("ok", "fraud"));

  @Test
  void aSnapshotThatKeepsThePromisesPasses() {
    Snapshot next = snapshot(8, 19, 5, 20, 16, FROM, List.of("ok", "fraud"));

    assertThatCode(
            () -> {
              next.requireWhole();
              next.requireNext(BEFORE, false);
            })
        .doesNotThrowAnyException();
  }

  @Test
  void aSnapshotReadSomeTimeAfterAnotherMaySkipVersions() {
    Snapshot later = snapshot(12, 18, 5, 20, 15, FROM, List.of("ok", "fraud"));

    assertThatCode(() -> later.requireFollows(BEFORE, false)).doesNotThrowAnyException();
    assertViolated(() -> later.requireNext(BEFORE, false), "a version is one more", "8", "12");
  }

  @Test
  void aVersionThatDoesNotRiseIsRefused() {
    assertViolated(() -> BEFORE.requireFollows(BEFORE, false), "versions rise", "above 7", "7");
  }

  @Test
  void coverThatFallsOrGoesIsRefused() {
    Snapshot less = snapshot(8, 18, 5, 19, 15, FROM, List.of("ok", "fraud"));
    Snapshot gone =
        less.with(
            new Snapshot.Offsets(new TreeMap<>(Map.of(1, 15L)), FROM, BEFORE.offsets().end()));

    assertViolated(() -> less.requireFollows(BEFORE, false), "partition 0", "at least 20", "19");
    assertViolated(() -> gone.requireFollows(BEFORE, false), "partition 0", "at least 20", "-1");
  }

  @Test
  void anotherBeginningIsRefused() {
    Snapshot elsewhere =
        snapshot(8, 18, 5, 20, 15, new TreeMap<>(Map.of(0, 0L, 1, 0L)), List.of("ok", "fraud"));

    assertViolated(
        () -> elsewhere.requireFollows(BEFORE, false),
        "first offset of partition 0 stays",
        "10",
        "0");
  }

  @Test
  void countedEventsThatAreGoneAreRefused() {
    Snapshot fewer = snapshot(8, 18, 4, 20, 15, FROM, List.of("ok", "fraud"));

    assertViolated(() -> fewer.requireFollows(BEFORE, false), "class 'fraud'", "at least 5", "4");
  }

  @Test
  void correctedEventsLeaveTheirClassButNotTheCounts() {
    Snapshot moved = snapshot(8, 19, 4, 20, 15, FROM, List.of("ok", "fraud"));
    Snapshot gone = snapshot(8, 18, 4, 20, 15, FROM, List.of("ok", "fraud"));

    assertThatCode(() -> moved.requireFollows(BEFORE, true)).doesNotThrowAnyException();
    assertViolated(() -> gone.requireFollows(BEFORE, true), "all classes", "at least 23", "22");
  }

  @Test
  void otherClassesAreRefused() {
    Snapshot other = snapshot(8, 18, 5, 20, 15, FROM, List.of("fraud", "ok"));

    assertViolated(() -> other.requireFollows(BEFORE, false), "the classes stay", "fraud", "ok");
  }

  @Test
  void classesMayComeAtTheEndFromOneSnapshotToTheNext() {
    Snapshot next = snapshot(8, 18, 5, 20, 15, FROM, List.of("ok", "fraud"));
    Snapshot grown = next.readUnder(schema("ok", "fraud", "late"));

    assertThatCode(() -> grown.requireFollows(BEFORE, false)).doesNotThrowAnyException();
    assertViolated(
        () -> snapshot(9, 18, 5, 20, 15, FROM, List.of("ok", "fraud")).requireFollows(grown, false),
        "the classes stay",
        "late");
  }

  @Test
  void aSnapshotFromBeforeAClassWasAddedHasCountedNothingOfIt() {
    Snapshot grown = BEFORE.readUnder(schema("ok", "fraud", "late"));

    assertThat(grown.classes()).containsExactly("ok", "fraud", "late");
    assertThat(grown.counts().events()).containsExactly(18, 5, 0);
    assertThat(grown.counts().n()).containsExactly(18, 5, 0);
    assertThat(grown.priors()).containsExactly(0.5, 0.5, 0);
    assertThat(grown.weights()).as("as of a class never seen").containsExactly(1, 1, 1);
    assertThat(grown.offsets().counted(2, 0, 19)).isFalse();
    assertThat(grown.offsets().counted(1, 0, 19)).isTrue();
    assertThat(grown.withoutEnd().offsets().since()).isEqualTo(grown.offsets().since());
    assertThat(SnapshotJson.read(SnapshotJson.write(grown)).offsets()).isEqualTo(grown.offsets());
    assertThat(new String(SnapshotJson.write(grown), UTF_8))
        .contains("\"since\":{\"late\":{\"0\":20,\"1\":15}}");
    assertThat(new String(SnapshotJson.write(BEFORE), UTF_8)).doesNotContain("since");
    assertThat(BEFORE.readUnder(schema("ok", "fraud"))).isSameAs(BEFORE);
    assertThat(BEFORE.readUnder(schema("fraud", "ok", "late"))).isSameAs(BEFORE);
  }

  private static Schema schema(String... classes) {
    return Schema.ofNumbers(List.of("f"), "label", List.of(classes));
  }

  @Test
  void moreEventsThanOffsetsAreRefused() {
    Snapshot more = snapshot(8, 18, 5, 20, 5, FROM, List.of("ok", "fraud"));

    assertViolated(more::requireWhole, "no more events", "at most 15", "found 23");
  }

  @Test
  void countsThatAreNoCountsAreNeitherWrittenNorRead() {
    byte[] written = SnapshotJson.write(BEFORE);
    String negative = new String(written, UTF_8);
    Snapshot infinite =
        new Snapshot(
            "job",
            7,
            0,
            List.of("ok"),
            new ClassCounts(
                new long[] {1}, new double[] {1}, new double[] {Double.POSITIVE_INFINITY}),
            new double[] {1},
            new double[] {1},
            BEFORE.formula(),
            BEFORE.offsets(),
            BEFORE.stream(),
            null);

    assertViolated(() -> SnapshotJson.write(infinite), "version 7: weighted", "0 or more");
    for (String broken :
        List.of(
            negative.replace("\"events\":[18,", "\"events\":[-18,"),
            negative.replace("\"n\":[18.0,", "\"n\":[-18.0,"),
            negative.replace("\"weights\":[1.0,", "\"weights\":[1e999,"))) {
      assertViolated(() -> SnapshotJson.read(broken.getBytes(UTF_8)), "finite and not negative");
    }
  }

  private static Snapshot snapshot(
      long version,
      long ok,
      long fraud,
      long covered0,
      long covered1,
      SortedMap<Integer, Long> from,
      List<String> classes) {
    double[] n = {ok, fraud};
    return new Snapshot(
        "job",
        version,
        0,
        classes,
        new ClassCounts(new long[] {ok, fraud}, n, n),
        new double[] {0.5, 0.5},
        new double[] {1, 1},
        new Snapshot.Formula("balanced", Map.of()),
        new Snapshot.Offsets(
            new TreeMap<>(Map.of(0, covered0, 1, covered1)), from, new TreeMap<>()),
        new StreamIdentity("cluster", "topic"),
        null);
  }

  private static void assertViolated(ThrowingCallable action, String... figures) {
    assertThatThrownBy(action)
        .isInstanceOf(InvariantException.class)
        .hasMessageContainingAll(figures);
  }
}
