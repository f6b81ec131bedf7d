package dev.counterweight.profile;

import static dev.counterweight.profile.Samples.inferred;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import dev.counterweight.event.EventTimeUnit;
import dev.counterweight.event.Value;
import dev.counterweight.profile.Finding.Feature;
import dev.counterweight.profile.Finding.LeftOut;
import dev.counterweight.profile.Finding.Type;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.api.Test;

class InferenceTest {
  @Test
  void numbersInAnyDressAreNumbers() {
    Inference found =
        inferred(
            i ->
                "{'bare':%d.5,'quoted':'%d.25','flag':%b,'label':'%s'}"
                    .formatted(i % 90, i % 80, i % 3 == 0, label(i)));

    assertThat(found.features())
        .extracting(Feature::path)
        .containsExactly("bare", "quoted", "flag");
    assertThat(found.features()).extracting(Feature::type).containsOnly(Type.NUMBER);
    assertThat(feature(found, "quoted").evidence()).contains("in quotes", "0.25 to 79.25");
  }

  @Test
  void fewValuesOfAnotherKindCostNoFeature() {
    Inference found =
        inferred(
            i ->
                i % 200 == 7
                    ? "{'amount':'n/a','country':{'code':1},'tags':'none','label':'%s'}"
                        .formatted(label(i))
                    : "{'amount':%d.5,'country':'C%d','tags':['T%d'],'label':'%s'}"
                        .formatted(i % 90, i % 30, i % 5, label(i)));

    assertThat(feature(found, "amount").type()).isEqualTo(Type.NUMBER);
    assertThat(feature(found, "country").type()).isEqualTo(Type.CATEGORY);
    assertThat(feature(found, "tags").type()).isEqualTo(Type.CATEGORIES);
    assertThat(feature(found, "amount").evidence()).contains("another kind in 0.5 %");
    assertThat(feature(found, "country").evidence()).contains("dead letters");
  }

  @Test
  void wordsAreCategoriesWithBucketsForTheirNumber() {
    Inference found =
        inferred(
            i ->
                "{'card':{'country':'C%d'},'tags':['T%d','U'],'label':'%s'}"
                    .formatted(i % 30, i % 5, label(i)));

    assertThat(feature(found, "card.country").type()).isEqualTo(Type.CATEGORY);
    assertThat(feature(found, "card.country").buckets()).isEqualTo(128);
    assertThat(feature(found, "tags").type()).isEqualTo(Type.CATEGORIES);
    assertThat(feature(found, "tags").items()).isEqualTo(2);
  }

  @Test
  void numbersThatNameThingsAreCategories() {
    Inference found =
        inferred(
            i ->
                "{'mcc':%d,'merchantId':%d,'items_sold':%d,'label':'%s'}"
                    .formatted(5000 + i % 20, i % 50, i % 20, label(i)));

    assertThat(feature(found, "mcc").type()).isEqualTo(Type.CATEGORY);
    assertThat(feature(found, "merchantId").type()).isEqualTo(Type.CATEGORY);
    assertThat(feature(found, "items_sold").type()).isEqualTo(Type.NUMBER);
  }

  @Test
  void whatTellsNothingOfOtherEventsIsLeftOutWithTheReason() {
    Inference found =
        inferred(
            i ->
                "{'event':'%s','row':%d,'mail':'u%d@example.org','version':'v1','a':%d,'gone':null,'label':'%s'}"
                    .formatted(new UUID(i, 7 * i), i, i % 9, i % 7, label(i)));

    assertThat(found.features()).extracting(Feature::path).containsExactly("a");
    assertThat(reason(found, "event")).contains("UUIDs", "400 different values in 400 events");
    assertThat(reason(found, "row")).contains("counts up from event to event");
    assertThat(reason(found, "mail")).contains("e-mail");
    assertThat(reason(found, "version")).contains("the same in every event: \"v1\"");
    assertThat(reason(found, "gone")).contains("never has a value");
  }

  @Test
  void whatOnlyAPersonCanTellIsMarked() {
    Inference found =
        inferred(
            i ->
                "{'amount':%s,'level':%s,'mixed':%s,'list':[%s],'a':%d,'label':'%s'}"
                    .formatted(
                        i % 30 == 0 ? "'N/A'" : i + ".5",
                        i % 9 == 0 ? "'high'" : i % 9,
                        i % 2 == 0 ? "1" : "{'x':1}",
                        i % 2 == 0 ? "1.5" : "1.5,2.5",
                        i % 5,
                        label(i)));

    assertThat(reason(found, "amount")).contains("a word in 3.5 % (\"N/A\")");
    assertThat(feature(found, "level").type()).isEqualTo(Type.CATEGORY);
    assertThat(found.leftOut().stream().filter(LeftOut::doubtful))
        .extracting(LeftOut::path)
        .containsExactly("amount", "mixed", "list");
  }

  @Test
  void amountsThatAreAllDifferentStay() {
    Inference found =
        inferred(
            i -> "{'amount':%s,'label':'%s'}".formatted(Math.abs(Math.sin(i)) * 1e4, label(i)));

    assertThat(feature(found, "amount").type()).isEqualTo(Type.NUMBER);
  }

  @Test
  void everyWayOfMissingCounts() {
    Inference found =
        inferred(
            i ->
                (switch (i % 8) {
                      case 0 -> "{'a':null,'label':'%s'}";
                      case 1 -> "{'label':'%s'}";
                      case 2 -> "{'a':NaN,'label':'%s'}";
                      case 3 -> "{'a':' ','label':'%s'}";
                      default -> "{'a':" + i % 9 + ",'label':'%s'}";
                    })
                    .formatted(label(i)));

    assertThat(feature(found, "a").missing()).isEqualTo(0.5);
    assertThat(feature(found, "a").evidence()).contains("missing in 50 %");
  }

  @Test
  void theEventsOwnTimeIsFoundWithItsUnitAndOtherTimesAreFeatures() {
    Inference found =
        inferred(
            i ->
                "{'ts':%d,'opened_at':'2026-01-0%dT00:00:00Z','born':'19%d-01-01','label':'%s'}"
                    .formatted(1_790_000_000L + 60 * i, 1 + i % 9, 10 + i % 80, label(i)));

    assertThat(found.time()).extracting(Feature::path).isEqualTo("ts");
    assertThat(found.timeUnit()).isEqualTo(EventTimeUnit.S);
    assertThat(feature(found, "opened_at").unit()).isEqualTo(EventTimeUnit.ISO);
    assertThat(reason(found, "born")).contains("without an offset");
  }

  @Test
  void arraysOfOneLengthAreVectorsAndOfObjectsTheFirstIsRead() {
    Inference found =
        inferred(
            i ->
                "{'v':[%d.5,%d],'items':[{'price':%d},{'price':3}],'label':'%s'}"
                    .formatted(i % 11, i % 13, i % 17, label(i)));

    assertThat(found.features())
        .extracting(Feature::path)
        .containsExactly("v[0]", "v[1]", "items[0].price");
  }

  @Test
  void aPathThatLeadsToTwoFieldsIsNotGuessed() {
    Inference found =
        inferred(
            i ->
                "{'a.b':%d,'a':{'b':'x%d'},'c':%d,'label':'%s'}"
                    .formatted(i, i % 3, i % 5, label(i)));

    assertThat(found.features()).extracting(Feature::path).containsExactly("c");
    assertThat(reason(found, "a.b")).contains("two fields");
  }

  @Test
  void fieldsBeyondTheLimitAreLeftOutAndTold() {
    TopicProfile profile =
        Samples.profile(
            Samples.of(
                i -> "{'f%d':1,'g%d':{'h':2},'k%d':3,'label':'%s'}".formatted(i, i, i, label(i))));

    assertThat(profile.fields()).hasSize(TopicProfile.MOST_FIELDS);
    assertThat(profile.more()).isTrue();
  }

  @Test
  void theLabelThatAPersonNamesIsFoundBehindHoweverManyFields() {
    TopicProfile profile = new TopicProfile("card.outcome");
    for (int i = 0; i < 400; i++) {
      profile.add(new Value.Fields(Map.of("f" + i, Value.number("1"), "g" + i, Value.number("2"))));
      Value outcome = new Value.Fields(Map.of("outcome", new Value.Text(label(i))));
      Map<String, Value> wide = new LinkedHashMap<>();
      for (int k = 0; k < 1200; k++) {
        wide.put("h" + k, Value.number("3"));
      }
      wide.put("card", outcome);
      profile.add(new Value.Fields(wide));
    }
    assertThat(Inference.of(profile, "card.outcome", true, Set.of()).label())
        .isInstanceOf(Label.Known.class);
  }

  @Test
  void aLongTextIsLookedAtInNoTime() {
    FieldProfile field = new FieldProfile();
    assertTimeoutPreemptively(
        Duration.ofSeconds(20), () -> field.add(new Value.Text("a@" + "b.".repeat(500_000) + "@")));
    assertThat(field.emails()).isFalse();
  }

  @Test
  void namesThatAConfigurationWouldReadOtherwiseAreLeftOut() {
    TopicProfile profile =
        Samples.profile(
            Samples.of(i -> "{'${env:HOME}':%d,' a':%d,'key:x':%d,'b':%d}".formatted(i, i, i, i)));
    profile.add(
        new Value.Fields(Map.of()),
        Map.of("key:", "k", "header:h", "1", "header:${env:HOME}", "1", "header:h ", "1"));

    assertThat(profile.fields()).containsOnlyKeys("b", "key:", "header:h");
    assertThat(profile.unnamed())
        .containsExactlyInAnyOrder("${env:HOME}", " a", "key:x", "header:${env:HOME}", "header:h ");
  }

  private static String label(int i) {
    return i % 40 == 0 ? "fraud" : "ok";
  }

  private static Feature feature(Inference found, String path) {
    return found.features().stream().filter(f -> f.path().equals(path)).findFirst().orElseThrow();
  }

  private static String reason(Inference found, String path) {
    List<LeftOut> left = found.leftOut().stream().filter(l -> l.path().equals(path)).toList();
    assertThat(left).as(path).hasSize(1);
    return left.get(0).evidence();
  }
}
