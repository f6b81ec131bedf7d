package dev.counterweight.config;

import static org.assertj.core.api.Assertions.assertThat;

import dev.counterweight.event.EventSchema;
import dev.counterweight.event.EventTimeUnit;
import dev.counterweight.event.Feature;
import dev.counterweight.event.FieldPath;
import java.time.ZoneId;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class FeatureConfigTest {
  private static final SmallJob JOB = new SmallJob("events.features=amount,country,v.1");

  private static EventSchema schema(String... settings) {
    return JOB.load(settings).events().schema();
  }

  private static Feature feature(int index, String... settings) {
    return schema(settings).features().features().get(index);
  }

  @Test
  void aFeatureThatNothingIsSaidOfIsANumberUnderItsName() {
    assertThat(schema().features().features())
        .containsExactly(
            Feature.number("amount"), Feature.number("country"), Feature.number("v.1"));
  }

  @Test
  void aCategoryTakesItsRowsWidthAndTheJobsSeed() {
    assertThat(feature(1, "feature.country.type=category", "seed=7"))
        .isEqualTo(
            new Feature(
                "country",
                FieldPath.parse("country"),
                new Feature.Category(new Feature.Table(1024, 16, 7)),
                new Feature.Reject()));
    assertThat(feature(1, "feature.country.type=category", "feature.country.buckets=12").kind())
        .isEqualTo("category(buckets=12,width=6,seed=1)");
    assertThat(
            feature(
                    1,
                    "feature.country.type=category",
                    "feature.country.buckets=2",
                    "feature.country.width=40")
                .kind())
        .isEqualTo("category(buckets=2,width=40,seed=1)");
  }

  @Test
  void aFeatureStandsWhereItsPathSays() {
    assertThat(feature(0, "feature.amount.path=tx.items[0].price").path())
        .isEqualTo(FieldPath.parse("tx.items[0].price"));
    assertThat(feature(0, "feature.amount.path=header:amt").path().source())
        .isEqualTo(FieldPath.Source.HEADER);
  }

  @Test
  void aTimeIsReadInItsUnitAndToldInTheJobsZone() {
    assertThat(
            feature(
                    0,
                    "feature.amount.type=time",
                    "feature.amount.unit=s",
                    "events.zone=Europe/Berlin")
                .type())
        .isEqualTo(new Feature.Time(EventTimeUnit.S, ZoneId.of("Europe/Berlin")));
    assertThat(feature(0, "feature.amount.type=time", "events.time.unit=us").type())
        .isEqualTo(new Feature.Time(EventTimeUnit.US, ZoneId.of("UTC")));
  }

  @Test
  void theJobsRuleForWhatIsMissingGivesWayToTheFeaturesOwn() {
    List<Feature> features =
        schema("events.missing=mean", "feature.amount.missing=-1").features().features();

    assertThat(features.get(0).missing()).isEqualTo(new Feature.Literal("-1"));
    assertThat(features.get(1).missing()).isEqualTo(new Feature.Mean());
  }

  @Test
  void theLongestPrefixWinsAndTheWholeNameBeforeAny() {
    String[] all = {
      "feature.*.missing=1",
      "feature.am*.missing=2",
      "feature.amou*.missing=3",
      "feature.v.1.missing=4",
      "feature.v.*.missing=5"
    };

    assertThat(schema(all).features().features())
        .extracting(Feature::missingName)
        .containsExactly("3", "1", "4");
  }

  @Test
  void eachPropertyFindsItsOwnPrefix() {
    assertThat(feature(0, "feature.*.missing=mean", "feature.amount.path=tx.amount"))
        .isEqualTo(
            new Feature(
                "amount", FieldPath.parse("tx.amount"), new Feature.Number(), new Feature.Mean()));
  }

  @Test
  void aClassMayHaveSynonyms() {
    EventSchema schema = schema("events.classes=ok|legit|0, fraud|\"charge|back\" | 1");

    assertThat(schema.classes()).containsExactly("ok", "fraud");
    assertThat(schema.synonyms())
        .containsExactly(List.of("legit", "0"), List.of("charge|back", "1"));
  }

  @Test
  void envelopeAndUnlabelledEventsAreSaid() {
    EventSchema schema = schema("events.envelope=debezium", "events.unlabelled=skip");

    assertThat(schema.envelope()).isEqualTo(EventSchema.Envelope.DEBEZIUM);
    assertThat(schema.skipsUnlabelled()).isTrue();
    assertThat(schema().skipsUnlabelled()).isFalse();
  }

  @Test
  void theHourOfTheEventTimeMayBeAFeature() {
    assertThat(JOB.problems("feature.amount.path=ts", "feature.amount.type=time", "events.time=ts"))
        .isEmpty();
    assertThat(JOB.problems("feature.amount.path=ts", "events.time=ts"))
        .containsExactly(
            "field 'ts' is named twice among events.features, .label, .time and .importance");
  }

  @ParameterizedTest
  @CsvSource(
      delimiterString = "->",
      value = {
        "feature.amount.tpye=category -> unknown key 'feature.amount.tpye': did you mean"
            + " 'feature.amount.type'?",
        "feature.amount=category -> unknown key 'feature.amount': must be"
            + " feature.NAME.path|type|missing|buckets|width|items|unit",
        "feature.amount.colour=red -> unknown key 'feature.amount.colour': of a feature there is"
            + " path, type, missing, buckets, width, items, unit",
        "feature.amuont.type=category -> feature.amuont.type: events.features has no 'amuont': did"
            + " you mean 'feature.amount.type'?",
        "feature.x*.type=category -> feature.x*.type: no feature of events.features begins with"
            + " 'x'",
        "feature.*.path=tx -> feature.*.path=tx: 3 features would stand in one place: give each its"
            + " own path",
        "feature.amount.type=text -> feature.amount.type=text: must be one of number, category,"
            + " categories, time",
        "feature.amount.buckets=8 -> feature.amount.buckets=8: has no effect without"
            + " feature.amount.type=category or categories: remove it",
        "feature.a*.items=8 -> feature.a*.items=8: has no effect without"
            + " feature.a*.type=categories: remove it",
        "feature.amount.buckets=1 -> feature.amount.buckets=1: must be at least 2 and at most"
            + " 16777216",
        "feature.amount.missing=none -> feature.amount.missing=none: must be dead-letter, mean or,"
            + " for feature 'amount' of feature.amount.type=number, a number that is finite as a"
            + " 32-bit float",
        "feature.amount.path=header: -> feature.amount.path=header:: must be a field's name or"
            + " path, key: or header:NAME",
        "events.zone=Europe/Berlni -> events.zone=Europe/Berlni: must be a time zone such as UTC,"
            + " Europe/Berlin or +02:00",
        "events.classes=ok|a,fraud|a -> events.classes=ok|a,fraud|a: must be a comma-separated list"
            + " of at least 2, none blank, none twice, each with its synonyms behind a |; a name"
            + " with a comma or a | stands in double quotes",
        "events.unlabelled=drop -> events.unlabelled=drop: must be one of dead-letter, skip",
        "events.envelope=avro -> events.envelope=avro: must be one of none, debezium, connect",
      })
  void whatIsWrongIsSaidWithKeyValueAndRule(String setting, String problem) {
    assertThat(JOB.problems(setting)).containsExactly(problem);
  }

  @Test
  void aLiteralMustBeRightForTheTypeOfEachFeatureThatItIsFor() {
    assertThat(JOB.problems("events.missing=unknown", "feature.country.type=category"))
        .hasSize(2)
        .allMatch(problem -> problem.startsWith("events.missing=unknown: must be dead-letter"));
    assertThat(JOB.problems("feature.amount.type=time", "feature.amount.missing=yesterday"))
        .singleElement()
        .asString()
        .endsWith("feature.amount.type=time, a time in ms or as ISO 8601 with offset");
  }

  @Test
  void aFormatWithoutArraysHasNoCategories() {
    assertThat(JOB.problems("events.format=csv", "feature.country.type=categories"))
        .containsExactly(
            "feature.country.type=categories: events.format=csv has no arrays: must be category");
    assertThat(JOB.problems("feature.country.type=categories", "feature.country.path=header:tags"))
        .containsExactly(
            "feature.country.type=categories: 'header:tags' has no arrays: must be category");
    assertThat(JOB.problems("feature.country.type=categories", "feature.country.path=key:tags"))
        .isEmpty();
  }

  @Test
  void floatsAreNumbersWithoutNames() {
    assertThat(
            JOB.problems(
                "events.format=float32",
                "feature.country.type=category",
                "feature.amount.path=tx.amount"))
        .containsExactly(
            "feature.amount.path=tx.amount: events.format=float32 has no named fields: remove it",
            "feature.country.type=category: events.format=float32 has numbers only");
  }

  @Test
  void keysAndHeadersAreThereInEveryFormat() {
    assertThat(
            JOB.problems(
                "events.format=float32",
                "events.label=header:outcome",
                "events.time=header:ts",
                "feature.country.type=category",
                "feature.country.path=key:"))
        .isEmpty();
    assertThat(JOB.problems("events.format=csv", "events.label=key:user.label"))
        .containsExactly(
            "field 'key:user.label': a field within the key is for events.format=json; key: alone"
                + " is the key as a text");
  }

  @Test
  void aRecordWithoutNamesHoldsNothingOfItsKeyAndHeaders() {
    assertThat(
            schema(
                    "events.format=csv",
                    "events.label=header:outcome",
                    "feature.amount.path=amt",
                    "feature.country.path=key:")
                .columns())
        .containsExactly("amt", "v.1");
  }

  @Test
  void aTorchScriptModuleGetsNoMean() {
    String[] scripted = {"model=torchscript", "model.file=m.pt", "model.quantiles=0"};
    String message =
        "feature 'amount' is missing=mean: model=torchscript gets the features as they are, without"
            + " a mean: must be dead-letter or a number";

    assertThat(JOB.problems(with(scripted, "feature.amount.missing=mean"))).contains(message);
    assertThat(
            JOB.problems(
                with(scripted, "feature.amount.missing=mean", "feature.amount.type=category")))
        .isEmpty();
  }

  private static String[] with(String[] some, String... more) {
    String[] all = java.util.Arrays.copyOf(some, some.length + more.length);
    System.arraycopy(more, 0, all, some.length, more.length);
    return all;
  }

  @Test
  void twoColumnsAreNotNamedAlike() {
    assertThat(JOB.problems("events.features=amount,amount.missing", "feature.amount.missing=mean"))
        .containsExactly(
            "two columns of the features are named 'amount.missing': call one of the features"
                + " otherwise, with feature.NAME.path");
  }

  @Test
  void oneMistakeIsToldOnce() {
    assertThat(JOB.problems("feature.country.type=catgory", "feature.country.buckets=12"))
        .hasSize(1);
    assertThat(JOB.problems("events.features=,", "feature.country.type=category")).hasSize(1);
  }

  @Test
  void theReferenceTellsTheKeysOfAFeature() {
    assertThat(ConfigReference.markdown())
        .contains("| `feature.NAME.type` | string | `number` | one of number, category,");
  }

  @Test
  void tablesLargerThanATrainerCanHoldAreRefusedByWhatTheModelMakesOfThem() {
    String[] large = {
      "feature.country.type=category",
      "feature.country.buckets=4194305",
      "feature.amount.type=category"
    };

    assertThat(JOB.problems(large))
        .containsExactly(
            "the embeddings of the features (feature.NAME.buckets x feature.NAME.width: amount 1024"
                + " x 16, country 4194305 x 16) have 67,125,264 values: must be at most"
                + " 67,108,864");
    String[] linear = Arrays.copyOf(large, 4);
    linear[3] = "model=linear";
    assertThat(JOB.problems(linear)).isEmpty();
    linear[1] = "feature.country.buckets=16777216";
    linear[0] = "feature.*.type=category";
    linear[2] = "events.classes=a,b,c,d";
    assertThat(JOB.problems(linear))
        .singleElement()
        .asString()
        .contains(
            "x classes with model=linear: amount 1024 x 4, country 16777216 x 4, v.1 1024 x 4")
        .contains("67,117,056 values");
  }
}
